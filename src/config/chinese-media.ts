/** Chinese words for the faults of media lines. */
import { onLine } from './chinese-words.ts';
import type { MediaFaults } from './problem.ts';
import type { Translation } from './problem-words.ts';

const examples: Readonly<Record<string, string>> = {
  mcast: 'mcast 网卡 组播地址 端口 TTL LOOP，例如：mcast eth0 225.0.0.15 694 1 0',
  mcast6: 'mcast6 网卡 组播地址 端口 跳数 LOOP，例如：mcast6 eth0 ff12::1:2:3:4 694 1 0',
  ucast: 'ucast 网卡 对端主机，每个对端写一行，例如：ucast eth0 192.168.1.2',
  ucast6: 'ucast6 网卡 地址，例如：ucast6 eth0 2001:db8::2',
};

const formOf = (medium: string): string => `格式为：${examples[medium] ?? medium}`;

const ranges = {
  port: '端口是 1 到 65535 的数字',
  ttl: '这里是 0 到 4 的数字',
  loop: 'loop 只能是 0 或 1',
} as const;

function addressFor(medium: string): string {
  if (medium === 'mcast') return '组播地址的范围是 224.0.0.0 到 239.255.255.255';
  return medium === 'mcast6'
    ? '组播地址以 ff0 或 ff1 开头，其后的 2、4、5 或 8 表示范围'
    : `这不是 ${medium} 可用的地址`;
}

export const chineseOfMedia: Translation<MediaFaults> = {
  'no-media': () => ({
    what: '没有配置心跳链路（ping 行不传输心跳）',
    mend: '请加一行，例如：bcast eth0',
  }),
  'medium-incomplete': ({ medium, iface }) => ({
    what: iface?.includes(',') === true ? '这里不能用逗号分隔' : `${medium} 的参数不完整`,
    mend: formOf(medium),
  }),
  'medium-operand': ({ medium, operand }) => ({
    what: operand === 'addr' ? addressFor(medium) : ranges[operand],
    mend: formOf(medium),
  }),
  'mcast-ttl-0': ({ iface }) => ({
    what: `ttl 为 0 时，报文不会从 ${iface} 发出本机`,
    mend: '请写 1',
  }),
  'medium-twice': ({ medium, name, before }) => ({
    what: `${medium} ${name} 在${onLine(before)}已经写过，这里的被忽略`,
    mend: '请删除它',
  }),
  'too-many-media': ({ limit }) => ({
    what: `心跳链路超过 ${String(limit)} 条`,
    mend: '请删除一些',
  }),
  'port-after-medium': ({ medium, iface, port, wanted, mediumAt }) => ({
    what: `${onLine(mediumAt)}的 ${medium} ${iface} 仍使用端口 ${String(port)}，而不是 udpport 指定的 ${String(wanted)}，与 C 版 heartbeat 相同`,
    mend: '请把 udpport 写在第一条心跳链路之前',
  }),
  'loopback-medium': () => ({
    what: 'lo 不能到达别的机器',
    mend: '请写连接网络的网卡，例如 eth0',
  }),
  'serial-refused': ({ device }) => ({
    what: `serial ${device}：本程序还不支持串口，少了它，您以为有的链路其实并不存在`,
    mend: '请删除本行，改用第二条网络链路（bcast、mcast 或 ucast）',
  }),
  'ping-group-incomplete': ({ name }) => ({
    what: `ping_group ${name ?? ''} 没有主机`,
    mend: '格式为：ping_group 组名 主机 主机',
  }),
};
