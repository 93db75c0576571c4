/** Chinese words for the faults of files as such, and of authkeys, haresources and extensions.ini. */
import { onLine, orMeant, series } from './chinese-words.ts';
import type {
  AuthKeysFaults,
  ExtensionsFaults,
  FileFaults,
  HaresourcesFaults,
  OwnerHint,
  WantedSetting,
} from './problem.ts';
import type { Translation } from './problem-words.ts';

const whyClosed = {
  absent: { what: '文件不存在', mend: '请创建该文件，两个节点上的内容要相同' },
  permission: { what: '当前用户无权读取该文件', mend: '请用 root 启动 heartbeat' },
  other: { what: '无法读取该文件', mend: '请检查所在目录和磁盘' },
} as const;

export const chineseOfFiles: Translation<FileFaults> = {
  'cannot-open': ({ role, why }) =>
    role === 'authkeys' && why === 'absent'
      ? { what: '文件不存在', mend: '请从另一个节点复制过来，权限设为 600' }
      : whyClosed[why],
  'file-too-large': ({ limit }) => ({
    what: `文件超过 ${String(limit)} 字节`,
    mend: '请换成正确的文件，配置文件不会这么大',
  }),
  'nul-byte': () => ({ what: '此处有一个 NUL 字节，本行后面的内容不会被读取', mend: '请删除它' }),
  'line-too-long': ({ bytes, limit }) => ({
    what: `本行有 ${String(bytes)} 字节；C 版 heartbeat 会在第 ${String(limit)} 字节处截断，并把其余部分当作新的一行`,
    mend: '在 C 版上使用该文件之前请缩短本行',
  }),
  'no-comment': ({ word }) => ({
    what: `“${word}”不是注释的开头，会被当作普通的值读取`,
    mend: '注释只能以 # 开头，请在它前面加上 #',
  }),
};

const octal = (mode: number): string => (mode & 0o777).toString(8).padStart(3, '0');
const keyForm = '格式为“序号 算法 密钥”，例如：1 sha1 SomeLongSecretWord';

export const chineseOfAuthKeys: Translation<AuthKeysFaults> = {
  'key-file-readable': ({ mode, at }) => ({
    what: `文件权限是 ${octal(mode)}，其他用户可以读到密钥`,
    mend: `请执行：chmod 600 ${at.file}`,
  }),
  'key-file-mode': ({ mode, at }) => ({
    what: `文件权限是 ${octal(mode)}`,
    mend: `请执行：chmod 600 ${at.file}`,
  }),
  'key-file-owner': ({ uid, at }) => ({
    what: `文件属于用户 ${String(uid)}，该用户可以修改密钥`,
    mend: `请执行：chown root ${at.file}`,
  }),
  'auth-line': () => ({
    what: 'auth 行写法不对',
    mend: '请写 auth 加上用于签名的密钥序号，例如：auth 1',
  }),
  'key-line': () => ({ what: '密钥行写法不对', mend: keyForm }),
  'key-index': ({ index }) => ({
    what: `密钥序号 ${String(index)} 超出范围`,
    mend: '序号是 0 到 15 的数字',
  }),
  'key-method': ({ method, suggestion }) => ({
    what: `没有“${method}”这种算法`,
    mend: `请写小写的 crc、md5 或 sha1${orMeant(suggestion)}`,
  }),
  'key-missing': ({ method }) => ({ what: `${method} 需要密钥`, mend: keyForm }),
  'crc-with-key': ({ comment }) =>
    comment
      ? { what: 'crc 后面的注释会被当作密钥', mend: '请把注释单独写一行' }
      : { what: 'crc 不使用密钥', mend: '请删除 crc 后面的内容，或者改用 sha1' },
  'key-words-ignored': ({ quoted }) => ({
    what:
      '密钥只能是一个词：这里和 C 版 heartbeat 都只用第一个词' +
      (quoted ? '，而且引号也算在密钥里' : ''),
    mend: `请在两个节点上都写成不含空格${quoted ? '和引号' : ''}的密钥`,
  }),
  'key-quoted': () => ({
    what: '引号也是密钥的一部分',
    mend: '另一个节点必须同样带引号；最好两边都去掉',
  }),
  'key-index-twice': ({ index, before }) => ({
    what: `序号 ${String(index)} 在${onLine(before)}已经出现过`,
    mend: '以本行为准，请删除另一行',
  }),
  'no-auth-line': () => ({
    what: '没有 auth 行',
    mend: '请在密钥行之前写明用哪个序号签名，例如：auth 1',
  }),
  'auth-key-not-found': ({ index, keyAt }) =>
    keyAt === undefined
      ? {
          what: `没有序号为 ${String(index)} 的可用密钥`,
          mend: `请在下面加一行，例如：${String(index)} sha1 SomeLongSecretWord`,
        }
      : {
          what: `它的密钥在${onLine(keyAt)}，而 auth 行必须写在密钥行之前`,
          mend: '请把 auth 行移到上面',
        },
  'auth-without-effect': ({ index, inForce }) => ({
    what: `实际用于签名的是密钥 ${String(inForce)}，不是 ${String(index)}：auth 行只对它下面的密钥行起作用`,
    mend: '请把它移到上面',
  }),
  'crc-outbound': () => ({
    what: 'crc 只能发现损坏，不能防止伪造：网络上任何人都能控制这个集群',
    mend: '请改用 sha1',
  }),
  'crc-beside-keyed': ({ accepted }) =>
    accepted
      ? {
          what: '设置了 [auth] accept_crc = yes，网络上任何人都能用这个序号伪造报文',
          mend: '所有节点都改用带密钥的算法后，请立即删除本行',
        }
      : {
          what: '使用带密钥的算法签名时，拒收 crc 签名的报文',
          mend: '请删除本行，或者在 extensions.ini 里设置 [auth] accept_crc = yes',
        },
};

const ownerHints: Readonly<Record<OwnerHint, string>> = {
  none: '每行的第一个词要写资源的首选节点',
  comment: '请在 # 前面加一个空格',
  slashes: '注释只能以 # 开头，请在它前面加上 #',
  backslash: '请在反斜杠前面加一个空格',
  'owner-forgotten':
    '缺少节点名：请写在第一个资源之前；如果本行是上一行的延续，请在上一行末尾加反斜杠',
  continuation: '如果本行是上一行的延续，请在上一行末尾加反斜杠，反斜杠后面不能有任何字符',
  'carriage-return':
    '上一行的反斜杠后面还有一个回车符（CR），所以没有续行：请用 dos2unix 转换该文件',
};

export const chineseOfHaresources: Translation<HaresourcesFaults> = {
  'bad-owner': ({ nodes, suggestion, hint }) => ({
    what: `ha.cf 里的节点是 ${series(nodes)}`,
    mend: `${ownerHints[hint]}${orMeant(suggestion)}`,
  }),
  'owner-is-ping-node': ({ node }) => ({
    what: `${node} 是 ping 节点，不能拥有资源`,
    mend: '请改成集群节点',
  }),
  'group-empty': ({ node }) => ({
    what: `${node} 后面没有资源，本行被忽略`,
    mend: '请补全或删除本行',
  }),
  'key-twice': ({ key, before }) => ({
    what: `${key} 已经是${onLine(before)}的第一个资源，而资源组只靠第一个资源来区分`,
    mend: '请合并这两组，或者让本组以另一个资源开头',
  }),
  'key-elsewhere': ({ key, other }) => ({
    what: `${key} 是${onLine(other)}的第一个资源；C 版 heartbeat 会把两组弄混，一组也启动不了`,
    mend: '同一个资源只写一次',
  }),
  'stray-backslash': () => ({
    what: '这个词不是资源，被忽略',
    mend: '反斜杠只有作为一行的最后一个字符才表示续行',
  }),
  'backslash-at-end': () => ({ what: '反斜杠后面没有下一行', mend: '请删除反斜杠' }),
  'carriage-return': () => ({
    what: '行尾带有回车符（CR），C 版 heartbeat 会把它传给资源脚本；这里忽略它',
    mend: '请用 dos2unix 转换该文件',
  }),
  'comment-in-continuation': () => ({
    what: 'C 版 heartbeat 会把续行里的注释当作资源',
    mend: '请把注释移到上面，单独写一行',
  }),
};

const wantedSettings: Readonly<Record<WantedSetting, string>> = {
  time: '请写不超过一天的时间，例如 90s、500ms 或 2min',
  'stop-failure': '请写 fence、reboot 或 hold',
  duration: '请写不超过一天的时间，例如 0、5s 或 1500ms',
  truth: '请写 yes 或 no',
  'on-heal': '请写 yield、restart 或 log',
  plugins: '请按询问顺序写 majority、weight、twonodes，例如 majority:twonodes',
  policy: '请写 ignore、freeze 或 stop',
  tiebreak: '请写 none、ping 或 ping:N（ha.cf 中须有 N 个 ping 节点应答）',
  count: '请写 0 到 999 的整数',
  then: '请写 failover 或 report',
};

export const chineseOfExtensions: Translation<ExtensionsFaults> = {
  'fence-without-device': () => ({
    what: '[failures] stop = fence，但 ha.cf 里没有 stonith 设备：对方会启动仍在本机运行的资源',
    mend: '请加一行 stonith_host，或者写 stop = hold',
  }),
  'monitors-nothing': ({ subject }) => ({
    what: `haresources 里没有与 [monitor ${subject}] 相符的资源，这一节不起作用`,
    mend: '请写 haresources 里的资源原文、代理名，或 group 加资源组的第一个资源，例如 [monitor httpd]、[monitor group IPaddr::172.16.100.1]',
  }),
  'ini-line': ({ line }) => ({
    what: `“${line}”既不是 [节名]，也不是“键 = 值”`,
    mend: '注释以 ; 或 # 开头',
  }),
  'ini-no-section': ({ key }) => ({ what: `${key} 不属于任何一节`, mend: '请在它上面写出 [节名]' }),
  'ini-key-twice': ({ key, before }) => ({
    what: `${key} 在${onLine(before)}已经设置过`,
    mend: '请删除其中一个',
  }),
  'unknown-section': ({ section, known, suggestion }) => ({
    what: `没有 [${section}] 这一节`,
    mend: `可用的节有：${series(known)}${orMeant(suggestion)}`,
  }),
  'unknown-key': ({ section, key, known, suggestion }) => ({
    what: `[${section}] 里没有 ${key} 这个键`,
    mend: `可用的键有：${series(known)}${orMeant(suggestion)}`,
  }),
  'bad-setting': ({ section, key, value, wanted }) => ({
    what: `[${section}] 的 ${key} 不能是“${value}”`,
    mend: wantedSettings[wanted],
  }),
};
