/** Chinese words for files that do not fit the machine. */
import { onLine, orMeant, series } from './chinese-words.ts';
import type { CloserFaults, PluginFault, SurroundingsFaults, Unseen } from './problem.ts';
import type { Translation } from './problem-words.ts';

const wantedParameters = (names: readonly string[]): string =>
  names.length === 0 ? '它不需要参数' : `参数依次为：${names.join(' ')}`;

const pluginFaults: Readonly<Record<PluginFault, string>> = {
  absent: '不存在',
  'not-executable': '没有执行权限',
  'writable-by-others': '可被组用户或其他用户写入，为安全起见不执行',
  'no-answer': '的 getconfignames 没有回答',
};

export const chineseOfSurroundings: Translation<SurroundingsFaults> = {
  'own-name-missing': ({ self, nodes, suggestion }) => ({
    what: `uname -n 是 ${self}，而 node 行写的是 ${series(nodes)}，两者必须一致`,
    mend:
      suggestion === undefined
        ? `请在每个节点的 ha.cf 里加上“node ${self}”`
        : `请在每个节点的 ha.cf 里把 ${suggestion} 改成 ${self}，或者执行 hostnamectl set-hostname ${suggestion} 修改本机名`,
  }),
  'interface-missing': ({ iface, known, suggestion }) => ({
    what: `本机没有网卡 ${iface}，现有的网卡是 ${series(known)}`,
    mend:
      suggestion === undefined
        ? '请改成其中之一，所有写到它的行都要改'
        : `是否想写“${suggestion}”？`,
  }),
  'no-broadcast-address': ({ iface }) => ({
    what: `网卡 ${iface} 存在，但没有广播地址`,
    mend: '请给它配置 IPv4 地址，或者改用 ucast',
  }),
  'no-address-yet': ({ iface }) => ({
    what: `网卡 ${iface} 还没有 IPv4 地址`,
    mend: '有了地址后会自动打开这条链路',
  }),
  'host-unknown': ({ host }) => ({
    what: `主机名“${host}”解析不到 IPv4 地址`,
    mend: '请直接写地址，或者把它加到 /etc/hosts',
  }),
  'ucast-only-to-self': ({ hosts }) => ({
    what: `所有 ucast 行写的都是本机地址（${series(hosts)}）：收不到对端的心跳，两个节点会同时占用全部资源`,
    mend: '请写上对端的地址',
  }),
  'host-is-service-address': ({ directive, host }) => ({
    what: `${directive} ${host}：这是 haresources 里的服务地址（VIP），会随服务在节点间移动`,
    mend: '请改成固定不动的机器的地址',
  }),
  'ping-is-own-address': ({ host }) => ({
    what: `${host} 是本机地址，总能 ping 通`,
    mend: '请改成 ping 路由器（网关）',
  }),
  'ping-is-node': ({ host, node }) => ({
    what: `${host} 是${node === undefined ? ' ucast 指向的对端' : `集群节点 ${node}`}：这样分不清是对端宕机还是网络中断`,
    mend: '请改成 ping 路由器（网关）',
  }),
  'unknown-user': ({ directive, user }) => ({
    what: `“${user}”不能用作运行程序的用户`,
    mend: `请写本机已有用户的名字：${directive} 用户 /程序的/完整/路径`,
  }),
  'unknown-id': ({ list, id }) => ({
    what: `本机没有${list === 'uid' ? '用户' : '组'}“${id}”`,
    mend: `请添加它，或者改正 ${list} 列表`,
  }),
  'not-executable': ({ command, helper }) =>
    helper
      ? { what: `没有 heartbeat 自带的程序 ${command}`, mend: '不启动它，其余照常运行' }
      : { what: `程序 ${command} 不存在或没有执行权限`, mend: '请改正路径，或者删除本行' },
  'stonith-type': ({ type, suggestion }) => ({
    what: `没有“${type}”这种 stonith 设备`,
    mend: `可用“stonith -L”列出所有类型${orMeant(suggestion)}`,
  }),
  'stonith-parameters': ({ names }) => ({
    what: '设备参数不足',
    mend: wantedParameters(names),
  }),
  'stonith-file': ({ file, names, why }) => ({
    what: why === 'unreadable' ? `无法从 ${file} 读到参数` : `${file} 里的参数不足`,
    mend: `只有第一个非注释行有效；${wantedParameters(names)}`,
  }),
  'stonith-script': ({ path, type, why }) => ({
    what: `${type} 不能使用：${path} ${pluginFaults[why]}`,
    mend: '请改正名字，或者在使用本行的每个节点上安装该脚本',
  }),
  'stonith-command': ({ type }) => ({
    what: `${type} 需要 stonith 程序，而本机没有`,
    mend: '请安装 cluster-glue 软件包',
  }),
  'stonith-suicide': () => ({
    what: 'suicide 只能重启本机，永远不会接管对方的资源',
    mend: '请改用能重启其他节点的设备',
  }),
  'stonith-replaced': ({ type, by }) => ({
    what: `${type} 不起作用：一个节点只有一个设备，后面的行指定了 ${by}`,
    mend: '请删除其中一行',
  }),
  'agent-missing': ({ agent, suggestion }) => ({
    what: `在 /etc/ha.d/resource.d、/etc/init.d 和 systemd 里都找不到资源脚本“${agent}”：资源组启动到这里就会失败，并放弃全部资源`,
    mend: `请改正名字（注意大小写），或者在每个节点上安装它${orMeant(suggestion)}`,
  }),
  'bad-arguments': ({ agent, why }) => ({
    what: `${agent} 不接受这些参数：${why}；资源组启动到这里就会失败，并放弃全部资源`,
    mend: '请改正参数',
  }),
  'address-interface-missing': ({ iface, known, suggestion }) => ({
    what: `本机没有网卡 ${iface}，只有 ${series(known)}，无法在本机启用该地址`,
    mend: `请改正网卡名${orMeant(suggestion)}`,
  }),
  'address-without-network': ({ address }) => ({
    what: `本机没有与 ${address} 同一网段的网卡`,
    mend: `请写明掩码和网卡，例如：IPaddr::${address}/24/eth0`,
  }),
  'address-twice': ({ address, before }) => ({
    what: `${address} 已经是${onLine(before)}那一组的资源：两个节点可能同时占用它`,
    mend: '只写一次，或者合并这两组',
  }),
  'address-form': ({ written, means }) => ({
    what: `${written} 按 ${means} 处理`,
    mend: '请写成“地址/掩码位数/网卡”，例如：IPaddr::172.16.100.1/16/eth0',
  }),
  'address-not-understood': ({ written }) => ({
    what: `IPaddr 无法识别 ${written}：资源组启动到这里就会失败，并放弃全部资源`,
    mend: '请写成“地址/掩码位数/网卡”，例如：IPaddr::172.16.100.1/16/eth0',
  }),
};

const unseen: Readonly<Record<Unseen, string>> = {
  authkeys: 'authkeys 只有 root 能读',
  haresources: '当前用户无权读取 haresources',
  'extensions.ini': '当前用户无权读取 extensions.ini',
  hosts: '无法读取 /etc/hosts',
  units: 'systemctl 没有回应，不知道 systemd 开机启动哪些服务',
  fstab: '无法读取 /etc/fstab',
  exports: '无法读取 /etc/exports',
};

export const chineseOfCloserLook: Translation<CloserFaults> = {
  'not-looked-at': ({ what }) => ({
    what: `未检查：${unseen[what]}`,
    mend: '请用 root 再检查一次',
  }),
  'enabled-at-boot': ({ agent, service, by }) => ({
    what: `${agent} 由 heartbeat 管理，但系统开机时也会启动${service === agent ? '它' : `服务 ${service}`}：它会在两个节点上同时运行`,
    mend: `请执行：${by === 'systemd' ? `systemctl disable ${service}` : `chkconfig ${service} off（Red Hat）或 update-rc.d ${service} disable（Debian）`}`,
  }),
  'mount-point-not-empty': ({ directory }) => ({
    what: `挂载点 ${directory} 不是空目录，而且没有挂载任何文件系统：挂载后里面的文件就看不见了，没有挂载时服务又会读到错误的文件`,
    mend: '请把里面的文件移走',
  }),
  'mounted-at-boot': ({ directory, fstab, line }) => ({
    what: `${directory} 由 heartbeat 挂载，但 ${fstab} 第 ${String(line)} 行在开机时也会挂载它：两个节点会同时写入`,
    mend: '请删除那一行，或者在选项里加上 noauto',
  }),
  'export-squashes-root': ({ directory, client }) => ({
    what: `${directory} 导出给${client === '' ? '所有主机' : ` ${client} `}时没有 no_root_squash：节点上的 root 不能写入，mysqld 等服务会出错`,
    mend: `请在选项里加上 no_root_squash，例如：${directory} ${client}(rw,no_root_squash)，然后执行：exportfs -r`,
  }),
  'node-without-address': ({ node }) => ({
    what: `/etc/hosts 和域名解析里都没有节点 ${node} 的 IPv4 地址`,
    mend: `请在每个节点的 /etc/hosts 里加一行，例如：172.16.100.7 ${node}`,
  }),
  'nodes-share-address': ({ nodes, address }) => ({
    what: `节点 ${series(nodes)} 的地址相同，都是 ${address}`,
    mend: '请在 /etc/hosts 里给每个节点写各自的地址，各节点上的内容要相同',
  }),
  'peer-has-own-address': ({ node, address }) => ({
    what: `节点 ${node} 的地址是 ${address}，而这是本机的地址`,
    mend: '请在 /etc/hosts 里改成那台机器的地址',
  }),
  'own-name-elsewhere': ({ node, address, own }) => ({
    what: `本节点 ${node} 的地址是 ${address}，而本机的地址是 ${series(own)}`,
    mend: '请在 /etc/hosts 里改成正确的地址，各节点上的内容要相同',
  }),
};
