import { describe, expect, test } from 'vitest';
import { isNetworkType, parseFilesystem } from '../../src/agents/filesystem-arguments.ts';
import { parseMounts } from '../../src/agents/mount-table.ts';

describe('the arguments of Filesystem', () => {
  test.each([
    ['/dev/drbd0::/data', { source: '/dev/drbd0', directory: '/data' }],
    ['/dev/drbd0::/data/::ext4', { directory: '/data', type: 'ext4' }],
    ['/dev/drbd0::/data//x::::noatime', { directory: '/data/x', options: 'noatime' }],
    ['-Ldata::/data', { source: 'LABEL=data' }],
    ['-U 6f1c::/data', { source: 'UUID=6f1c' }],
    [
      '172.16.100.10:/web/htdocs::/var/www/html::nfs::soft,vers=3',
      { source: '172.16.100.10:/web/htdocs', type: 'nfs', options: 'soft,vers=3' },
    ],
  ])('%s', (text, request) => {
    expect(parseFilesystem(text.split('::'))).toMatchObject({ ok: true, value: request });
  });

  test.each([
    [
      '/dev/drbd0',
      'a device and a directory are needed, as in Filesystem::/dev/drbd0::/data::ext4',
    ],
    ['--bind::/data', '"--bind" is not a device, -Llabel, -Uuuid or server'],
    ['/dev/drbd0::data', '"data" is not a directory from / on'],
    ['/dev/drbd0::/data/..', '/ cannot be a resource'],
    ['/dev/drbd0::/data::-v', '"-v" is not a type such as ext4 or nfs'],
    ['a::/b::c::d::e', 'at most four arguments: device, directory, type, options (with commas)'],
  ])('%s make no filesystem', (text, reason) => {
    expect(parseFilesystem(text.split('::'))).toEqual({ ok: false, reason });
  });

  test('some types live on a server', () => {
    expect(['nfs', 'nfs4', 'cifs', 'fuse.sshfs'].every(isNetworkType)).toBe(true);
    expect(['ext4', 'tmpfs', 'nfsd', undefined].some(isNetworkType)).toBe(false);
  });
});

test('the table of mounts is read with its escapes and without what is not understood', () => {
  const text =
    '25 1 8:1 / / rw shared:1 - ext4 /dev/sda1 rw\n' +
    '31 25 0:40 /a\\040b /mnt/in\\040side rw - nfs4 server:/export rw\nnonsense\n';

  expect(parseMounts(text)).toEqual([
    { device: '8:1', root: '/', point: '/', type: 'ext4', source: '/dev/sda1' },
    {
      device: '0:40',
      root: '/a b',
      point: '/mnt/in side',
      type: 'nfs4',
      source: 'server:/export',
    },
  ]);
});
