/** Chinese words for what differs on another node. */
import { series } from './chinese-words.ts';
import type { PeerFaults } from './problem.ts';
import type { Translation } from './problem-words.ts';

const uidOf = (uid: number | undefined): string =>
  uid === undefined ? '没有这个用户' : `uid 是 ${String(uid)}`;

const copyIt = '请执行：ha_propagate';

export const chineseOfPeers: Translation<PeerFaults> = {
  'peer-not-asked': ({ peer, why }) => ({
    what: `未检查：无法询问 ${peer}：${why}`,
    mend: `请先让“ssh root@${peer}”不用密码就能登录，或者在那台机器上执行检查`,
  }),
  'peer-not-checked': ({ peer }) => ({
    what: `节点 ${peer} 运行的是 C 版 heartbeat，不能自我检查：只比较了它的文件和用户`,
    mend: '请到那台机器上查看开机启动的服务、资源脚本和挂载点',
  }),
  'peer-has-other-name': ({ peer, name }) => ({
    what: `以 ${peer} 应答的机器，uname -n 却是 ${name}`,
    mend: `请改正 /etc/hosts，或者在那台机器上执行 hostnamectl set-hostname ${peer}`,
  }),
  'peer-file': ({ peer, role, is }) => {
    switch (is) {
      case 'missing':
        return { what: `节点 ${peer} 上没有 ${role}`, mend: copyIt };
      case 'only-there':
        return {
          what: `节点 ${peer} 上有 ${role}，本机没有`,
          mend: `请从那里复制过来，或者在 ${peer} 上删除它`,
        };
      case 'different':
        return {
          what:
            role === 'authkeys'
              ? `节点 ${peer} 的密钥不同：除非不同的只是没有使用的密钥，否则两个节点互不信任`
              : `节点 ${peer} 上的 ${role} 与本机不同`,
          mend: `先用 ha_propagate --dry-run 查看差别，再${copyIt.replace('请', '')}`,
        };
    }
  },
  'peer-nodes-differ': ({ peer, nodes }) => ({
    what: `节点 ${peer} 的 ha.cf 里的节点是 ${series(nodes)}：没有列出的节点不被信任`,
    mend: '请在每个节点上写相同的 node 行',
  }),
  'peer-not-heard': ({ speaker, listener, port }) => ({
    what: `${speaker} 上的 heartbeat 正在运行，但 ${listener} 收不到它的心跳，会认为它已经宕机`,
    mend: `请在 ${listener} 上放行 UDP 端口 ${String(port)}（例如：ufw allow ${String(port)}/udp），并检查两边 ha.cf 里的链路是否通向对方`,
  }),
  'peer-failback-differs': ({ peer, here, there }) => ({
    what: `auto_failback 在本机是 ${here}，在节点 ${peer} 上是 ${there}`,
    mend: '请在每个节点上写成一样',
  }),
  'group-owner-differs': ({ peer, key, here, there }) => ({
    what: `资源组 ${key} 在本机的 haresources 里属于 ${here}，在节点 ${peer} 上却属于 ${there}：两个节点都会启动它`,
    mend: `各节点的 haresources 必须相同；${copyIt}`,
  }),
  'account-differs': ({ peer, user, here, there }) => ({
    what: `用户 ${user} 在本机${uidOf(here)}，在 ${peer} 上${uidOf(there)}：它的文件随资源组移动，换一台机器就属于别人了`,
    mend: `请在每台机器上使用相同的号码，例如：usermod -u ${String(here ?? there ?? 306)} ${user}`,
  }),
  'peer-problem': ({ peer, message, mend }) => ({
    what: `节点 ${peer}：${message}`,
    mend: `在 ${peer} 上：${mend}`,
  }),
};
