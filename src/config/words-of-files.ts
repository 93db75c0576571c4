/** Words for the faults of files as such, and of authkeys, haresources and extensions.ini. */
import type {
  AuthKeysFaults,
  ExtensionsFaults,
  FileFaults,
  FileRole,
  HaresourcesFaults,
  OwnerHint,
} from './problem.ts';
import { cFile, didYouMean, lineOf, listOf, type WordTable } from './problem-words.ts';
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
  absent: 'the file does not exist; make it, with the same content on both nodes',
  permission: 'this user may not read it; start heartbeat as root',
  other: 'it cannot be read; look at its directory and at the disk',
} as const;

export const wordsOfFiles: WordTable<FileFaults> = {
  'cannot-open': ({ role, why, at }) => ({
    c: [cCannotOpen(role, at)],
    text:
      role === 'authkeys' && why === 'absent'
        ? 'the file does not exist; copy it from the other node, with mode 600'
        : whyClosed[why],
  }),
  'file-too-large': ({ limit }) => ({
    text: `the file has more than ${String(limit)} bytes; it cannot be meant`,
  }),
  'nul-byte': () => ({
    text: 'a NUL byte ends the line here; what follows it is not read, remove it',
  }),
  'line-too-long': ({ bytes, limit }) => ({
    text:
      `the line has ${String(bytes)} bytes; C heartbeat cuts it after ${String(limit)} and reads the rest as a line of its own. ` +
      'Make it shorter before the file is used there',
  }),
};

const octal = (mode: number): string => (mode & 0o777).toString(8).padStart(3, '0');
const keyForm = 'write INDEX METHOD KEY, such as: 1 sha1 SomeLongSecretWord';

export const wordsOfAuthKeys: WordTable<AuthKeysFaults> = {
  'key-file-readable': ({ mode, at }) => ({
    c: [`Bad permissions on keyfile [${cFile(at)}], 600 recommended.`],
    text: `its mode is ${octal(mode)}, others can read the keys; run: chmod 600 ${at.file}`,
  }),
  'key-file-mode': ({ mode, at }) => ({
    text: `its mode is ${octal(mode)}; run: chmod 600 ${at.file}`,
  }),
  'key-file-owner': ({ uid, at }) => ({
    text: `user ${String(uid)} owns the file and can change the keys; run: chown root ${at.file}`,
  }),
  'auth-line': ({ line, at }) => ({
    c: [`Invalid auth line [${line}] in ${cFile(at)}`],
    text: 'write auth and the index of the key that signs, such as: auth 1',
  }),
  'key-line': ({ line }) => ({ c: [`Auth line [${line}] is invalid.`], text: keyForm }),
  'key-index': ({ index, at }) => ({
    c: [`Invalid authnum [${String(index)}] in ${cFile(at)}`],
    text: 'an index is a number from 0 to 15',
  }),
  'key-method': ({ method, suggestion }) => ({
    c: [`Invalid authtype [${method}]`],
    text: `write crc, md5 or sha1, in small letters${didYouMean(suggestion)}`,
  }),
  'key-missing': ({ method }) => ({
    c: [`Auth method [${method}] requires a key`],
    text: keyForm,
  }),
  'crc-with-key': ({ comment }) => ({
    c: ["Auth method [crc] doesn't use a key"],
    text: comment
      ? 'a comment behind crc is taken for a key; put it on a line of its own'
      : 'remove what follows crc, or choose sha1',
  }),
  'key-words-ignored': () => ({
    text: 'a key is one word: only its first word counts, here and in C heartbeat; write it without blanks on both nodes',
  }),
  'key-quoted': () => ({
    text: 'the quotes are part of the key; the other node must have them too',
  }),
  'key-index-twice': ({ index, before }) => ({
    text: `index ${String(index)} was already given in ${lineOf(before)}; this line counts, remove the other`,
  }),
  'no-auth-line': ({ at }) => ({
    c: [`Missing auth directive in keyfile [${cFile(at)}]`],
    text: 'write the index of the key that signs before its key line, such as: auth 1',
  }),
  'auth-key-not-found': ({ index, keyAt, at }) => ({
    c: [`Auth Key [${String(index)}] not found in keyfile [${cFile(at)}]`],
    text:
      keyAt === undefined
        ? `add a good key line for it below, such as: ${String(index)} sha1 SomeLongSecretWord`
        : `its key line is ${lineOf(keyAt)}, but auth must come before it; move the auth line up`,
  }),
  'auth-without-effect': ({ index, inForce }) => ({
    text: `key ${String(inForce)} signs, not ${String(index)}: an auth line counts only for a key line below it; move it up`,
  }),
  'crc-outbound': () => ({
    text: 'crc finds damage, not forgery: anyone on the network can command this cluster; choose sha1',
  }),
  'crc-beside-keyed': ({ accepted }) => ({
    text: accepted
      ? 'with [auth] accept_crc = yes anyone on the network can forge packets under this index; remove the line as soon as every node signs with a key'
      : 'packets signed with crc are refused while a keyed method signs; remove the line, or set [auth] accept_crc = yes in extensions.ini',
  }),
};

const ownerHints: Readonly<Record<OwnerHint, string>> = {
  none: 'the first word of a line is the node that its resources prefer',
  comment: 'put a blank before #',
  backslash: 'put a blank before the backslash',
  'owner-forgotten': 'the node is missing: write it before the first resource',
  continuation:
    'if this line belongs to the one above, end that one with a backslash and nothing behind it',
  'carriage-return':
    'the backslash above is followed by a carriage return and joins nothing; convert the file with dos2unix',
};

export const wordsOfHaresources: WordTable<HaresourcesFaults> = {
  'bad-owner': ({ word, nodes, suggestion, hint, at }) => ({
    c: [`Bad nodename in ${cFile(at)} [${word}]`],
    text: `${ownerHints[hint]}; the nodes of ha.cf are ${listOf(nodes)}${didYouMean(suggestion)}`,
  }),
  'owner-is-ping-node': ({ node }) => ({
    text: `${node} is a ping node and can own nothing; write a node`,
  }),
  'group-empty': ({ node }) => ({
    text: `no resource follows ${node}; the line is ignored, complete or remove it`,
  }),
  'key-twice': ({ key, before }) => ({
    text:
      `${key} is already the first resource of ${lineOf(before)}, and groups are known by it alone; ` +
      'join the groups, or begin this one with another resource',
  }),
  'key-elsewhere': ({ key, other }) => ({
    text: `${key} is the first resource of ${lineOf(other)}; C heartbeat mixes both groups up and starts neither, name it once`,
  }),
  'stray-backslash': () => ({
    text: 'this word is no resource and is ignored; a backslash joins lines only as the last character of a line',
  }),
  'backslash-at-end': () => ({ text: 'no line follows the backslash; remove it' }),
  'carriage-return': () => ({
    text: 'lines end in carriage returns, which C heartbeat hands to the agents; they are ignored here, convert the file with dos2unix',
  }),
  'comment-in-continuation': () => ({
    text: 'C heartbeat takes a comment in a continued line for resources; move it to a line of its own above',
  }),
};

export const wordsOfExtensions: WordTable<ExtensionsFaults> = {
  'ini-line': ({ line }) => ({
    text: `"${line}" is neither [section] nor key = value; a comment begins with ; or #`,
  }),
  'ini-no-section': ({ key }) => ({
    text: `${key} stands in no section; write its [section] in a line above`,
  }),
  'ini-key-twice': ({ key, before }) => ({
    text: `${key} was already given in ${lineOf(before)}; remove one`,
  }),
  'unknown-section': ({ section, known, suggestion }) => ({
    text: `there is no section [${section}]; the sections are ${listOf(known)}${didYouMean(suggestion)}`,
  }),
  'unknown-key': ({ section, key, known, suggestion }) => ({
    text: `[${section}] has no key ${key}; its keys are ${listOf(known)}${didYouMean(suggestion)}`,
  }),
  'bad-setting': ({ section, key, value, wanted }) => ({
    text: `"${value}" cannot be used for ${key} of [${section}]; write ${wanted}`,
  }),
};
