// An inventory with one of everything, through the real cataloguers, for the tests of its written forms.
import { digestOf } from '../../formats/oci/digest.ts';
import { catalog } from './catalog.ts';
import type { SbomDetails } from './document.ts';
import type { Inventory } from './inventory.ts';
import { viewOf } from './view.fixture.ts';

export const sampleDetails: SbomDetails = Object.freeze({
  name: 'registry.example/library/sample:1',
  createdAt: Date.UTC(2026, 0, 2, 3, 4, 5, 678),
  serial: '3e671687-395b-41f5-a30f-a58921a69b79',
  toolVersion: '0.1.0',
});

/** Debian, npm scoped and not, licences of every kind, a package without version, an unknown. */
export function createSampleInventory(): Inventory {
  return catalog(
    viewOf({
      'etc/os-release': 'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n',
      'var/lib/dpkg/status':
        'Package: libc6\nStatus: install ok installed\nVersion: 2.36-9+deb12u3\nArchitecture: amd64\nSource: glibc\nMaintainer: GNU Libc Maintainers <debian-glibc@lists.debian.org>\n\nPackage: broken\n\n',
      'usr/share/doc/libc6/copyright':
        'See /usr/share/common-licenses/LGPL-2.1 and /usr/share/common-licenses/GPL.',
      'app/node_modules/@s/n/package.json':
        '{"name":"@s/n","version":"1.0.0","license":"(MIT OR Apache-2.0)"}',
      'app/node_modules/m/package.json':
        '{"name":"m","version":"2.0.0","licenses":["MIT","ISC"],"author":"A B <a@b.c> (https://x)"}',
      'app/node_modules/free/package.json':
        '{"name":"free","version":"2.0.0","license":"SEE LICENSE IN LICENSE.md"}',
      'app/node_modules/ref/package.json': '{"name":"ref","version":"2.0.0","license":"LicenseRef-x"}',
      'bin/m': Buffer.from(
        'go build information\n{"build":{"goVersion":"go1.22.3","main":{"path":"x.org/m","version":"(devel)"},"dependencies":[]}}',
      ),
    }),
    { digest: digestOf('manifest'), platform: 'linux/amd64' },
  );
}
