// A small report as a whole, for what formats reports: one fixable finding, one without a fix, one package in no
// feed, one unreadable file, and a name that tries to break out of its table.
import type { Finding } from '../../src/engines/advisory/finding.ts';
import type { Severity } from '../../src/engines/advisory/record.ts';
import type { Package } from '../../src/engines/sbom/inventory.ts';
import { digestOf } from '../../src/formats/oci/digest.ts';
import type { ImageReport } from '../../src/services/hub/report.ts';

const layer = {
  position: 0,
  digest: digestOf('layer'),
  diffId: digestOf('diff'),
  mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
  sizeBytes: 1_000_000,
  unpackedBytes: 3_000_000,
  entries: 42,
  deletions: 0,
};

export function makePackage(name: string, version: string): Package {
  return {
    type: 'deb',
    name,
    version,
    purl: `pkg:deb/debian/${encodeURIComponent(name)}@${encodeURIComponent(version)}?distro=debian-12`,
    source: { name, version },
    licenses: ['MIT'],
    locations: [{ path: 'var/lib/dpkg/status', layerDiffId: layer.diffId, layerPosition: 0 }],
    foundBy: 'deb',
  };
}

export function makeFinding(id: string, severity: Severity, of: Package, fixedVersion?: string): Finding {
  return {
    id,
    aliases: [],
    severity,
    severityBy: 'debian',
    summary: `Something about ${of.name}`,
    url: `https://example.org/${id}`,
    package: {
      purl: of.purl,
      type: of.type,
      name: of.name,
      version: of.version,
      matchedName: of.name,
      matchedVersion: of.version,
      path: 'var/lib/dpkg/status',
      layerDiffId: layer.diffId,
      layerPosition: 0,
    },
    ...(fixedVersion === undefined ? {} : { fixedVersion }),
    evidence: {
      feed: 'debian',
      recordId: id,
      scope: 'debian:12',
      comparison: `${of.version} < ${fixedVersion ?? 'every version'} (deb)`,
    },
  };
}

export function makeReport(): ImageReport {
  const expat = makePackage('expat', '2.5.0-1');
  const hostile = makePackage('evil](x)|<img>\u001b[2J', '1');
  const fixable = makeFinding('CVE-2024-45491', 'critical', expat, '2.5.0-1+deb12u1');
  const unfixed = makeFinding('CVE-2023-0001', 'low', hostile);
  return {
    schema: 1,
    createdAt: '2026-01-02T03:04:05.000Z',
    subject: {
      reference: 'registry.example/team/app:1.0',
      digest: digestOf('manifest'),
      platform: 'linux/amd64',
      sizeBytes: 1_000_000,
      config: {
        entrypoint: [],
        command: ['sh'],
        env: [],
        exposedPorts: [],
        volumes: [],
        labels: {},
        diffIds: [layer.diffId],
        history: [],
      },
    },
    inventory: {
      schema: 1,
      digest: digestOf('manifest'),
      platform: 'linux/amd64',
      distribution: { id: 'debian', versionId: '12', prettyName: 'Debian GNU/Linux 12 (bookworm)' },
      packages: [expat, hostile, makePackage('zlib', '1.3')],
      layers: [layer],
      unknowns: [{ where: 'opt/broken.bin', why: 'the ELF sections overlap' }],
      fileCount: 40,
      totalBytes: 3_000_000,
    },
    matching: {
      findings: [fixable, unfixed],
      coverage: {
        packages: 3,
        judged: 2,
        gaps: [
          { purl: 'pkg:deb/debian/zlib@1.3', name: 'zlib', version: '1.3', why: 'no feed covers debian 99' },
        ],
        feeds: [
          {
            feed: 'debian',
            refreshedAt: Date.parse('2026-01-01T00:00:00Z'),
            coverage: 'fixed-only',
            scopes: ['debian:12'],
          },
        ],
      },
    },
    fixes: [
      {
        key: 'deb-upgrade',
        title: 'Upgrade 1 Debian package',
        detail: 'expat',
        command: 'apt-get install --only-upgrade -y expat',
        fixable: true,
        findings: [fixable],
      },
      { key: 'none', title: 'No fix yet', detail: '1 low', fixable: false, findings: [unfixed] },
    ],
    verdict: {
      outcome: 'fail',
      answer: 'Over the line: 1 of 3 rules is not met',
      rules: [
        {
          rule: 'no-fixable-critical-or-high',
          title: 'No critical or high vulnerability that has a fix',
          outcome: 'fail',
          label: '1 fixable critical or high',
          reasons: ['CVE-2024-45491 in expat 2.5.0-1 is fixed in 2.5.0-1+deb12u1.'],
          excess: 1,
          unjudged: 0,
        },
        {
          rule: 'non-root-user',
          title: 'Runs as a user that is not root',
          outcome: 'pass',
          label: 'Not root',
          reasons: ['User is 1000.'],
          excess: 0,
          unjudged: 0,
        },
        {
          rule: 'no-agpl',
          title: 'No AGPL',
          outcome: 'unknown',
          label: '1 licence unknown',
          reasons: ['zlib names none.'],
          excess: 0,
          unjudged: 1,
        },
      ],
      loadLine: { water: 0.7, band: 0.8, outcome: 'fail' },
    },
  };
}
