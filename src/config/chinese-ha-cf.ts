/** Chinese words for the faults of ha.cf. */
import { duration, onLine, orMeant, series } from './chinese-words.ts';
import type { DirectiveHint, HaCfFaults, NoEffect, Problem } from './problem.ts';
import type { Sentence, Translation } from './problem-words.ts';
import { longestTime, parseTime, type ValueRule } from './values.ts';

/** What a good value looks like. */
function wantedBy(rule: ValueRule, value: string): string {
  switch (rule.kind) {
    case 'boolean':
      return '请写 on 或 off';
    case 'time':
      return wantedTime(value);
    case 'integer':
      return `请写 ${String(rule.from)} 到 ${String(rule.to)} 的整数`;
    case 'choice':
      return `请写其中之一：${series(rule.of, rule.of.length)}`;
    case 'absolute-path':
      return '请写以 / 开头的完整路径';
    case 'assignment':
      return '请写“名称=值”，中间不能有空格';
    case 'text':
      return '请换一个值';
  }
}

function wantedTime(value: string): string {
  const time = parseTime(value);
  if (time !== undefined && time.value > longestTime) return '时间必须小于 24 天';
  if (time !== undefined) return '时间至少是 1ms';
  const number = /^\d+(?:\.\d+)?(?=s$|sec)/i.exec(value)?.[0];
  if (number !== undefined) return `请写 ${number}：不带单位的数字就是秒`;
  return '秒只写数字，例如 2；毫秒在数字后面加 ms，例如 200ms';
}

const hints: Readonly<Record<DirectiveHint, Required<Sentence>>> = {
  none: { what: '没有这个指令', mend: '请改正或删除本行' },
  'byte-order-mark': {
    what: '文件开头有字节顺序标记（BOM）',
    mend: '请保存为不带 BOM 的 UTF-8，或者只用 ASCII',
  },
  separator: {
    what: '指令和值之间用空格分隔，不能用等号、冒号或逗号',
    mend: '请改成空格',
  },
  continuation: { what: 'ha.cf 不支持续行，上一行的反斜杠不起作用', mend: '请写在同一行' },
  slashes: { what: '注释只能以 # 开头', mend: '请在它前面加上 #' },
  'not-in-this-build': { what: 'Debian 的 heartbeat 和本程序都没有这个指令', mend: '请删除本行' },
};

const apiAuthForm = '格式为：apiauth 客户端 uid=用户,用户 gid=组,组（只写一个列表也可以）';

function apiAuthFault({ why }: Problem<'apiauth'>): Required<Sentence> {
  switch (why.kind) {
    case 'no-client':
      return { what: '缺少客户端名', mend: apiAuthForm };
    case 'no-list':
      return { what: '缺少 uid 或 gid 列表', mend: apiAuthForm };
    case 'junk':
      return {
        what: `“${why.word}”不是 uid= 或 gid= 列表`,
        mend: `${apiAuthForm}，列表里不能有空格`,
      };
    case 'list-twice':
      return { what: `${why.list} 列表出现了两次`, mend: '请用逗号合并成一个' };
    case 'client-twice':
      return {
        what: `客户端 ${why.client} 已经配置过`,
        mend: `请与${onLine(why.before)}的那一条合并`,
      };
    case 'name-too-long':
      return { what: '客户端名太长', mend: '客户端名最多 31 个字符' };
  }
}

const noEffects: Readonly<Record<NoEffect, string>> = {
  'for-pacemaker': '它只用于 Pacemaker',
  'no-apphbd': '本程序不包含 apphbd',
  'no-compression': '本程序的报文很小，不压缩',
  'no-serial': '这里没有串口链路',
  'no-core-files': '本程序不写 core 文件',
  'no-locked-memory': '这里不锁定内存',
  'no-quorumd': '本程序不包含 quorumd',
};

const missingParts = { user: '用户', command: '命令' } as const;
const missingStonith = { host: '主机', type: '设备类型', 'config file': '配置文件' } as const;
const respawnForm = (directive: string): string => `格式为：${directive} 用户 /程序的/完整/路径`;

export const chineseOfHaCf: Translation<HaCfFaults> = {
  'unknown-directive': ({ suggestion, hint }) => ({
    what: hints[hint].what,
    mend: `${hints[hint].mend}${orMeant(suggestion)}`,
  }),
  'value-missing': ({ directive, example }) => ({
    what: `${directive} 没有值，被忽略`,
    mend: `请写，例如：${example}`,
  }),
  'bad-value': ({ directive, value, rule }) => ({
    what: `${directive} 不能是“${value}”`,
    mend: wantedBy(rule, value),
  }),
  'junk-after-number': ({ directive, value, read }) => ({
    what: `${directive} 的值“${value}”只有 ${read} 起作用`,
    mend: `请写 ${read}`,
  }),
  'several-values': ({ directive, used }) => ({
    what: `${directive} 只能有一个值，以最后的 ${used} 为准`,
    mend: '请删除其他的值',
  }),
  repeated: ({ directive, before }) => ({
    what: `${directive} 在${onLine(before)}已经写过，以最后一个为准`,
    mend: '请删除另一个',
  }),
  'given-twice': ({ directive, before }) => ({
    what: `${directive} 只能写一次`,
    mend: `见${onLine(before)}，请删除其中一个`,
  }),
  'words-ignored': ({ directive, words }) => ({
    what: `“${words.join(' ')}”被忽略：${directive} 没有更多参数`,
    mend: '请删除',
  }),
  replaced: ({ directive, by }) => ({ what: `${directive} 是旧写法`, mend: `请写 ${by}` }),
  'no-effect-yet': ({ directive }) => ({
    what: `可以写 ${directive}，但目前的版本还没有实现它`,
    mend: '请不要依赖它',
  }),
  'no-effect': ({ directive, why }) => ({
    what: `可以写 ${directive}，但不起作用：${noEffects[why]}`,
    mend: '如果没有 C 版 heartbeat 要用它，请删除',
  }),
  'pacemaker-refused': ({ directive, value }) => ({
    what: `${directive} ${value}：本程序自己按 haresources 管理资源，不启动 Pacemaker`,
    mend: '请删除本行并把资源写进 haresources，或者改用 Corosync 加 Pacemaker',
  }),
  'autojoin-refused': () => ({
    what: '使用 haresources 时不能自动加入节点',
    mend: '请写 autojoin none，并用 node 行列出每个节点',
  }),
  'nice-failback': ({ value, means }) =>
    means === 'legacy'
      ? {
          what: `nice_failback 已经过时，nice_failback ${value} 按 auto_failback legacy 处理`,
          mend: '请改写 auto_failback on 或 off；这样 hb_standby 和 ipfail 才能工作',
        }
      : {
          what: `nice_failback 已经过时，nice_failback ${value} 按 auto_failback off 处理`,
          mend: '请删除本行，只用 auto_failback 就够了',
        },
  'legacy-failback': ({ given }) => ({
    what: `${given ? 'legacy' : '没有写 auto_failback，等于 legacy'}：资源会回到首选节点，而且 hb_standby 和 hb_takeover 会被拒绝`,
    mend: '请写 auto_failback on（资源回到首选节点）或 off（资源留在原处）',
  }),
  'quoted-value': ({ directive, value }) => ({
    what: `${value} 的引号会成为 ${directive} 文件名的一部分`,
    mend: '请去掉引号',
  }),
  'relative-file': ({ directive, value }) => ({
    what: `${directive} ${value} 不是完整路径，取决于当前目录`,
    mend: `请写，例如：/var/log/${value}`,
  }),
  'env-without-value': ({ word }) => ({
    what: `“${word}”没有设置任何变量`,
    mend: '格式为：env 名称=值（值里不能有空格、逗号和 #，也不需要引号）',
  }),
  'no-nodes': () => ({
    what: '没有定义节点',
    mend: '请写 node 行，节点名就是各机器上 uname -n 的输出，例如：node node1 node2',
  }),
  'node-twice': ({ node, before }) => ({
    what: `${node} 在${onLine(before)}已经写过，这里的被忽略`,
    mend: '请删除',
  }),
  'node-name-too-long': ({ node }) => ({
    what: `“${node.slice(0, 40)}...”太长`,
    mend: '节点名最多 99 个字符',
  }),
  'too-many-nodes': ({ count, limit }) => ({
    what: `节点和 ping 节点共有 ${String(count)} 个，太多了`,
    mend: `最多 ${String(limit)} 个`,
  }),
  'more-than-two-nodes': ({ count }) => ({
    what: `haresources 是为两个节点设计的，这里有 ${String(count)} 个；节点失效后，它的资源组由列表中第一个存活的节点接管`,
    mend: 'C 版 heartbeat 的各节点会同时接管：这样的集群里不要混用 C 版',
  }),
  'dead-time-too-small': ({ directive, keepalive }) => ({
    what: `${directive} 必须大于 keepalive 的两倍`,
    mend: `请写 ${directive} ${String(2 * keepalive + 1)}ms 或更大，最好是 keepalive 的五倍`,
  }),
  'initdead-below-deadtime': ({ initdead, deadtime }) => ({
    what: `initdead（${duration(initdead)}）小于 deadtime（${duration(deadtime)}）`,
    mend: `请写 initdead ${String(2 * deadtime)}ms 或更大`,
  }),
  'initdead-short': ({ initdead }) => ({
    what: `initdead（${duration(initdead)}）可能太短：机器启动时网络往往需要更长时间才可用`,
    mend: '通常是 10 秒或更长',
  }),
  'initdead-below-twice-deadtime': ({ initdead, deadtime }) => ({
    what: `initdead（${duration(initdead)}）应至少是 deadtime（${duration(deadtime)}）的两倍：正在启动的对端要晚一些才有心跳`,
    mend: `请写 initdead ${String(2 * deadtime)}ms 或更大`,
  }),
  'warntime-too-long': ({ warntime, deadtime }) => ({
    what: `warntime（${duration(warntime)}）不小于 deadtime（${duration(deadtime)}），来不及发出警告`,
    mend: '请写 deadtime 的一半左右',
  }),
  'no-log-target': ({ useLogd }) => ({
    what:
      useLogd === false
        ? '没有配置任何日志，而 use_logd 又是 off'
        : '没有配置日志：日志会写到 logd 或 syslog',
    mend: '请写，例如：logfacility local0',
  }),
  'logd-beside-files': () => ({
    what: '启用了 logd，同时又配置了其他日志指令',
    mend: '请删除 use_logd，或者删除其他日志指令',
  }),
  'respawn-incomplete': ({ directive, missing }) => ({
    what: `缺少${missingParts[missing]}`,
    mend: respawnForm(directive),
  }),
  'respawn-relative': ({ directive, command }) => ({
    what: `“${command}”不是完整路径`,
    mend: respawnForm(directive),
  }),
  'ipfail-without-ping': () => ({
    what: 'ipfail 靠比较 ping 节点来判断，而这里没有配置 ping 节点',
    mend: '请加一行，例如：ping 192.168.1.1',
  }),
  apiauth: apiAuthFault,
  'stonith-incomplete': ({ directive, missing }) => ({
    what: `缺少${missingStonith[missing]}`,
    mend: `格式为：${directive === 'stonith' ? 'stonith 类型 配置文件' : 'stonith_host 主机 类型 参数'}`,
  }),
};
