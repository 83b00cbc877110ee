import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDebianCopyright } from './debian-copyright.ts';

test('debian-copyright: machine-readable, each name once, standalone texts are not licences of their own', () => {
  const text = `Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: x

Files: *
Copyright: 2020 A
License: GPL-2+ or MIT
 text

Files: debian/*
License: GPL-2+ or MIT

Files: lib/y.c
License: AGPL-3+

License: GPL-2+
 On Debian systems see /usr/share/common-licenses/GPL-2.
`;
  assert.deepEqual(parseDebianCopyright(text), ['GPL-2+ or MIT', 'AGPL-3+']);
});

test('debian-copyright: free text names only its references', () => {
  const text =
    "This is free.\nSee `/usr/share/common-licenses/GPL-2', /usr/share/common-licenses/Apache-2.0.\nand /usr/share/common-licenses/GPL-2";
  assert.deepEqual(parseDebianCopyright(text), ['GPL-2', 'Apache-2.0']);
});

test('debian-copyright: free text without reference, or with the Affero GPL, names nothing', () => {
  assert.deepEqual(parseDebianCopyright('MIT license, do what you want'), []);
  assert.deepEqual(
    parseDebianCopyright('GNU Affero General Public License, see also /usr/share/common-licenses/GPL-3'),
    [],
  );
  assert.deepEqual(parseDebianCopyright(''), []);
});
