/** English words for the faults of files as such, and of authkeys, haresources and extensions.ini. */
import type {
  AuthKeysFaults,
  ExtensionsFaults,
  FileFaults,
  FileRole,
  HaresourcesFaults,
  OwnerHint,
  WantedSetting,
} from './problem.ts';
import {
  cFile,
  didYouMean,
  lineOf,
  listOf,
  type Sentence,
  type WordTable,
} from './problem-words.ts';
import type { Position } from './settings.ts';

function cCannotOpen(role: FileRole, at: Position): string {
  switch (role) {
    case 'ha.cf':
      return `Cannot open config file [${cFile(at)}]`;
    case 'authkeys':
      return `Cannot open keyfile [${cFile(at)}].  Stop.`;
    case 'haresources':
      return `Cannot open resources file [${cFile(at)}]`;
    case 'extensions.ini':
      return `Cannot open extensions file [${cFile(at)}]`;
  }
}

const whyClosed = {
  absent: {
    what: 'the file does not exist',
    mend: 'make it, with the same content on both nodes',
  },
  permission: { what: 'this user may not read it', mend: 'start heartbeat as root' },
  other: { what: 'it cannot be read', mend: 'look at its directory and at the disk' },
} as const satisfies Record<string, Sentence>;

const noKeyFile: Sentence = {
  what: 'the file does not exist',
  mend: 'copy it from the other node, with mode 600',
};

export const wordsOfFiles: WordTable<FileFaults> = {
  'cannot-open': ({ role, why, at }) => ({
    c: [cCannotOpen(role, at)],
    ...(role === 'authkeys' && why === 'absent' ? noKeyFile : whyClosed[why]),
  }),
  'file-too-large': ({ limit }) => ({
    what: `the file has more than ${String(limit)} bytes`,
    mend: 'put the right file here; no configuration is that long',
  }),
  'nul-byte': () => ({
    what: 'a NUL byte ends the line here, what follows it is not read',
    mend: 'remove it',
  }),
  'line-too-long': ({ bytes, limit }) => ({
    what: `the line has ${String(bytes)} bytes; C heartbeat cuts it after ${String(limit)} and reads the rest as a line of its own`,
    mend: 'make it shorter before the file is used there',
  }),
  'no-comment': ({ word }) => ({
    what: `"${word}" begins no comment and is read like any other word`,
    mend: 'a comment begins with # and nothing else: write # before it',
  }),
};

const octal = (mode: number): string => (mode & 0o777).toString(8).padStart(3, '0');
const keyForm = 'write INDEX METHOD KEY, such as: 1 sha1 SomeLongSecretWord';

export const wordsOfAuthKeys: WordTable<AuthKeysFaults> = {
  'key-file-readable': ({ mode, at }) => ({
    c: [`Bad permissions on keyfile [${cFile(at)}], 600 recommended.`],
    what: `its mode is ${octal(mode)}, others can read the keys`,
    mend: `run: chmod 600 ${at.file}`,
  }),
  'key-file-mode': ({ mode, at }) => ({
    what: `its mode is ${octal(mode)}`,
    mend: `run: chmod 600 ${at.file}`,
  }),
  'key-file-owner': ({ uid, at }) => ({
    what: `user ${String(uid)} owns the file and can change the keys`,
    mend: `run: chown root ${at.file}`,
  }),
  'auth-line': ({ line, at }) => ({
    c: [`Invalid auth line [${line}] in ${cFile(at)}`],
    mend: 'write auth and the index of the key that signs, such as: auth 1',
  }),
  'key-line': ({ line }) => ({ c: [`Auth line [${line}] is invalid.`], mend: keyForm }),
  'key-index': ({ index, at }) => ({
    c: [`Invalid authnum [${String(index)}] in ${cFile(at)}`],
    mend: 'an index is a number from 0 to 15',
  }),
  'key-method': ({ method, suggestion }) => ({
    c: [`Invalid authtype [${method}]`],
    mend: `write crc, md5 or sha1, in small letters${didYouMean(suggestion)}`,
  }),
  'key-missing': ({ method }) => ({
    c: [`Auth method [${method}] requires a key`],
    mend: keyForm,
  }),
  'crc-with-key': ({ comment }) => ({
    c: ["Auth method [crc] doesn't use a key"],
    ...(comment
      ? {
          what: 'a comment behind crc is taken for a key',
          mend: 'put it on a line of its own',
        }
      : { mend: 'remove what follows crc, or choose sha1' }),
  }),
  'key-words-ignored': ({ quoted }) => ({
    what:
      'a key is one word: only its first word counts, here and in C heartbeat' +
      (quoted ? ', and the quote belongs to it' : ''),
    mend: `write it without blanks${quoted ? ' and quotes' : ''} on both nodes`,
  }),
  'key-quoted': () => ({
    what: 'the quotes are part of the key',
    mend: 'the other node must have them too; better remove them on both',
  }),
  'key-index-twice': ({ index, before }) => ({
    what: `index ${String(index)} was already given in ${lineOf(before)}`,
    mend: 'this line counts, remove the other',
  }),
  'no-auth-line': ({ at }) => ({
    c: [`Missing auth directive in keyfile [${cFile(at)}]`],
    mend: 'write the index of the key that signs before its key line, such as: auth 1',
  }),
  'auth-key-not-found': ({ index, keyAt, at }) => ({
    c: [`Auth Key [${String(index)}] not found in keyfile [${cFile(at)}]`],
    ...(keyAt === undefined
      ? {
          mend: `add a good key line for it below, such as: ${String(index)} sha1 SomeLongSecretWord`,
        }
      : {
          what: `its key line is ${lineOf(keyAt)}, but auth must come before it`,
          mend: 'move the auth line up',
        }),
  }),
  'auth-without-effect': ({ index, inForce }) => ({
    what: `key ${String(inForce)} signs, not ${String(index)}: an auth line counts only for a key line below it`,
    mend: 'move it up',
  }),
  'crc-outbound': () => ({
    what: 'crc finds damage, not forgery: anyone on the network can command this cluster',
    mend: 'choose sha1',
  }),
  'crc-beside-keyed': ({ accepted }) =>
    accepted
      ? {
          what: 'with [auth] accept_crc = yes anyone on the network can forge packets under this index',
          mend: 'remove the line as soon as every node signs with a key',
        }
      : {
          what: 'packets signed with crc are refused while a keyed method signs',
          mend: 'remove the line, or set [auth] accept_crc = yes in extensions.ini',
        },
};

const ownerHints: Readonly<Record<OwnerHint, string>> = {
  none: 'begin the line with the node that its resources prefer',
  comment: 'put a blank before #',
  slashes: 'a comment begins with # and nothing else: write # before it',
  backslash: 'put a blank before the backslash',
  'owner-forgotten':
    'the node is missing: write it before the first resource, or, if this line belongs to the one above, end that one with a backslash',
  continuation:
    'if this line belongs to the one above, end that one with a backslash and nothing behind it',
  'carriage-return':
    'the backslash above is followed by a carriage return and joins nothing: convert the file with dos2unix',
};

export const wordsOfHaresources: WordTable<HaresourcesFaults> = {
  'bad-owner': ({ word, nodes, suggestion, hint, at }) => ({
    c: [`Bad nodename in ${cFile(at)} [${word}]`],
    what: `the nodes of ha.cf are ${listOf(nodes)}`,
    mend: `${ownerHints[hint]}${didYouMean(suggestion)}`,
  }),
  'owner-is-ping-node': ({ node }) => ({
    what: `${node} is a ping node and can own nothing`,
    mend: 'write a node',
  }),
  'group-empty': ({ node }) => ({
    what: `no resource follows ${node}`,
    mend: 'the line is ignored, complete or remove it',
  }),
  'key-twice': ({ key, before }) => ({
    what: `${key} is already the first resource of ${lineOf(before)}, and groups are known by it alone`,
    mend: 'join the groups, or begin this one with another resource',
  }),
  'key-elsewhere': ({ key, other }) => ({
    what: `${key} is the first resource of ${lineOf(other)}`,
    mend: 'C heartbeat mixes both groups up and starts neither, name it once',
  }),
  'stray-backslash': () => ({
    what: 'this word is no resource and is ignored',
    mend: 'a backslash joins lines only as the last character of a line',
  }),
  'backslash-at-end': () => ({ what: 'no line follows the backslash', mend: 'remove it' }),
  'carriage-return': () => ({
    what: 'lines end in carriage returns, which C heartbeat hands to the agents',
    mend: 'they are ignored here, convert the file with dos2unix',
  }),
  'comment-in-continuation': () => ({
    what: 'C heartbeat takes a comment in a continued line for resources',
    mend: 'move it to a line of its own above',
  }),
};

const wantedSettings: Readonly<Record<WantedSetting, string>> = {
  time: 'write a time up to a day, such as 90s, 500ms or 2min',
  'stop-failure': 'write fence, reboot or hold',
  duration: 'write a time up to a day, such as 0, 5s or 1500ms',
  truth: 'write yes or no',
  'on-heal': 'write yield, restart or log',
  plugins:
    'write majority, weight and twonodes in the order in which they are asked, such as majority:twonodes',
  policy: 'write ignore, freeze or stop',
  tiebreak: 'write none, ping or ping:N (N of the ping nodes of ha.cf have to answer)',
  count: 'write a number from 0 to 999',
  then: 'write failover or report',
};

export const wordsOfExtensions: WordTable<ExtensionsFaults> = {
  'fence-without-device': () => ({
    what: '[failures] stop = fence, but ha.cf has no stonith device: the other node would start what still runs here',
    mend: 'add a stonith_host line, or write stop = hold',
  }),
  'monitors-nothing': ({ subject }) => ({
    what: `[monitor ${subject}] fits nothing in haresources, and has no effect`,
    mend:
      'write a resource as haresources has it, an agent, or "group" and the first resource of a group, such as ' +
      '[monitor httpd] or [monitor group IPaddr::172.16.100.1]',
  }),
  'ini-line': ({ line }) => ({
    what: `"${line}" is neither [section] nor key = value`,
    mend: 'a comment begins with ; or #',
  }),
  'ini-no-section': ({ key }) => ({
    what: `${key} stands in no section`,
    mend: 'write its [section] in a line above',
  }),
  'ini-key-twice': ({ key, before }) => ({
    what: `${key} was already given in ${lineOf(before)}`,
    mend: 'remove one',
  }),
  'unknown-section': ({ section, known, suggestion }) => ({
    what: `there is no section [${section}]`,
    mend: `the sections are ${listOf(known)}${didYouMean(suggestion)}`,
  }),
  'unknown-key': ({ section, key, known, suggestion }) => ({
    what: `[${section}] has no key ${key}`,
    mend: `its keys are ${listOf(known)}${didYouMean(suggestion)}`,
  }),
  'bad-setting': ({ section, key, value, wanted }) => ({
    what: `"${value}" cannot be used for ${key} of [${section}]`,
    mend: wantedSettings[wanted],
  }),
};
