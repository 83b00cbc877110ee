// Must show 1: a Debian image of real packages, pushed with skopeo, buildah and podman, pulled back, digests
// equal; its packages are dpkg-query's list exactly; its findings against the shared feeds.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import type { FindingList, ImageDetail, PackageList } from '../../src/entry/http/contract.ts';
import { debianTools, makeDebianImage } from './debian-image.ts';
import {
  missingTools,
  password,
  plimsoll,
  type RunningProduct,
  run,
  sharedFolder,
  startProduct,
  temporaryFolder,
  until,
} from './world.ts';

const skip = missingTools('skopeo', 'buildah', 'podman', ...debianTools);

test('a real Debian image goes in with every client, comes out equal, and is known to the last package', {
  skip,
}, async (t) => {
  using folder = temporaryFolder();
  const image = makeDebianImage(folder.path);
  const shared = sharedFolder();
  await using product = await startProduct(join(folder.path, 'data'), {
    env: shared === undefined ? {} : { PLIMSOLL_ADVISORIES_SOURCE: join(shared, 'feeds') },
  });
  const digest = digestOf(image.layout);

  await t.test('skopeo pushes and pulls', () => {
    run('skopeo', [
      'copy',
      '--dest-tls-verify=false',
      '--dest-creds',
      `admin:${password}`,
      '--preserve-digests',
      image.layout,
      `docker://${product.host}/debian/skopeo:12`,
    ]);
    run('skopeo', [
      'copy',
      '--src-tls-verify=false',
      '--preserve-digests',
      `docker://${product.host}/debian/skopeo:12`,
      `oci:${folder.path}/pulled:12`,
    ]);
    assert.equal(digestOf(`oci:${folder.path}/pulled:12`), digest);
    run('skopeo', [
      'copy',
      '--src-tls-verify=false',
      '--dest-compress-format',
      'zstd',
      `docker://${product.host}/debian/skopeo:12`,
      `oci:${folder.path}/zstd:12`,
    ]);
    run('skopeo', [
      'copy',
      '--dest-tls-verify=false',
      '--dest-creds',
      `admin:${password}`,
      '--preserve-digests',
      `oci:${folder.path}/zstd:12`,
      `docker://${product.host}/debian/zstd:12`,
    ]);
  });

  for (const client of ['buildah', 'podman'] as const)
    await t.test(`${client} pushes and pulls`, () => {
      const store = [
        '--root',
        join(folder.path, client),
        '--runroot',
        join(folder.path, `${client}-run`),
        '--storage-driver',
        'vfs',
      ];
      const name = `${product.host}/debian/${client}:12`;
      const archive = archiveOf(image.layout, join(folder.path, `${client}.tar`));
      const load =
        client === 'podman' ? ['load', '-q', '-i', archive] : ['pull', '-q', `docker-archive:${archive}`];
      const source = run(client, [...store, ...load])
        .stdout.trim()
        .replace('Loaded image: ', '');
      run(client, [
        ...store,
        'push',
        '--tls-verify=false',
        '--creds',
        `admin:${password}`,
        source,
        `docker://${name}`,
      ]);
      const pushed = run('skopeo', [
        'inspect',
        '--tls-verify=false',
        '--format',
        '{{.Digest}}',
        `docker://${name}`,
      ]).stdout.trim();
      run(client, [...store, 'rmi', '-a', '-f']);
      run(client, [...store, 'pull', '-q', '--tls-verify=false', name]);
      const listed = run(client, [...store, 'images', '--digests', '--format', '{{.Digest}}']).stdout;
      assert.ok(listed.includes(pushed), `${client} holds ${pushed}: ${listed}`);
    });

  await t.test('its packages are what dpkg-query lists, exactly', async () => {
    await judged(product, 'debian/skopeo', '12');
    const { packages } = await product.get<PackageList>(
      '/api/v1/repositories/debian/skopeo/-/images/12/packages?type=deb&limit=500',
    );
    const ours = packages.map(
      (one) => `${one.name} ${one.version} ${one.architecture} ${one.sourceName} ${one.sourceVersion}`,
    );
    assert.deepEqual(ours.sort(), image.packages);
    assert.ok(ours.length > 80, `${ours.length} packages`);
  });

  await t.test('the same image in zstd holds the same', async () => {
    await judged(product, 'debian/zstd', '12');
    const { total } = await product.get<PackageList>('/api/v1/repositories/debian/zstd/-/images/12/packages');
    assert.equal(total, image.packages.length);
  });

  await t.test(
    'its findings against the feeds',
    { skip: shared === undefined ? '../shared is absent' : undefined },
    async (s) => {
      plimsoll(['advisories', 'refresh'], { env: commandEnv(folder.path, shared) });
      const report = JSON.parse(
        plimsoll(['inspect', '--format', 'json', image.layout], { env: commandEnv(folder.path, shared) })
          .stdout,
      );
      const findings: {
        id: string;
        package: { name: string; version: string };
        evidence: { comparison: string };
      }[] = report.matching.findings;
      s.diagnostic(`${findings.length} findings in ${report.inventory.packages.length} packages`);
      for (const one of findings.slice(0, 20))
        s.diagnostic(`${one.id} ${one.package.name} ${one.package.version}: ${one.evidence.comparison}`);
      // Packages of today's stable and its security suite against fixes of before: what dpkg itself calls older, and nothing else.
      for (const one of findings) {
        const [left, , right] = one.evidence.comparison.split(' ');
        run('dpkg', ['--compare-versions', left as string, 'lt', right as string]);
      }
      assert.equal(report.matching.coverage.judged, report.inventory.packages.length);
    },
  );
});

test('an old Debian package is found with the CVEs that its source has', {
  skip: skip ?? (sharedFolder() === undefined ? '../shared is absent' : undefined),
}, () => {
  using folder = temporaryFolder();
  const shared = sharedFolder();
  // bookworm as first released: its expat, openssl and zlib have long had fixes.
  const layout = oldDebian(folder.path);
  plimsoll(['advisories', 'refresh'], { env: commandEnv(folder.path, shared) });
  const ran = plimsoll(['inspect', '--format', 'json', '--fail-on', 'low', layout], {
    env: commandEnv(folder.path, shared),
    status: 2,
  });
  const { matching } = JSON.parse(ran.stdout) as { matching: FindingList & { coverage: { judged: number } } };
  const ids = new Set(matching.findings.map((one) => `${one.id} ${one.package.matchedName}`));
  for (const known of ['CVE-2024-45491 expat', 'CVE-2023-5363 openssl'])
    assert.ok(ids.has(known), `${known} in ${[...ids].join(', ')}`);
});

for (const release of ['310', '311'])
  test(`the Alpine archive alpine-${release} is inspected`, {
    skip: sharedFolder() === undefined ? '../shared is absent' : undefined,
  }, (t) => {
    using folder = temporaryFolder();
    const shared = sharedFolder() as string;
    const env = commandEnv(folder.path, shared);
    plimsoll(['advisories', 'refresh'], { env });
    const ran = plimsoll(
      ['inspect', '--format', 'json', `docker-archive:${shared}/fixtures/images/alpine-${release}.tar.gz`],
      { env },
    );
    const report = JSON.parse(ran.stdout);
    t.diagnostic(
      `${report.inventory.packages.length} packages, ${report.matching.findings.length} findings: ${report.verdict.answer}`,
    );
    assert.equal(report.inventory.distribution.id, 'alpine');
    assert.ok(report.inventory.packages.length >= 14);
    assert.equal(report.matching.coverage.judged, report.inventory.packages.length);
    // The feed of that June lists for these packages only fixes that the images of that January have.
    assert.deepEqual(report.matching.findings, []);
  });

/** A dpkg database as bookworm 12.0 had it, in an image: real names and versions, no files. */
function oldDebian(folder: string): string {
  const layout = join(folder, 'old');
  const status = [
    ['libexpat1', '2.5.0-1', 'expat'],
    ['libssl3', '3.0.9-1', 'openssl'],
    ['zlib1g', '1:1.2.13.dfsg-1', 'zlib'],
  ]
    .map(
      ([name, version, source]) =>
        `Package: ${name}\nStatus: install ok installed\nArchitecture: amd64\nSource: ${source}\nVersion: ${version}\n`,
    )
    .join('\n');
  run('sh', [
    '-c',
    `mkdir -p ${folder}/old-root/var/lib/dpkg ${folder}/old-root/etc && cat > ${folder}/old-root/var/lib/dpkg/status <<'EOF'\n${status}\nEOF\nprintf 'ID=debian\\nVERSION_ID="12"\\nVERSION_CODENAME=bookworm\\n' > ${folder}/old-root/etc/os-release && tar -C ${folder}/old-root -cf ${folder}/old.tar .`,
  ]);
  run('umoci', ['init', '--layout', layout]);
  run('umoci', ['new', '--image', `${layout}:12`]);
  run('umoci', ['raw', 'add-layer', '--image', `${layout}:12`, join(folder, 'old.tar')]);
  return `oci:${layout}:12`;
}

function commandEnv(folder: string, shared: string | undefined): Record<string, string> {
  return {
    PLIMSOLL_ADVISORIES: join(folder, 'advisories'),
    ...(shared === undefined ? {} : { PLIMSOLL_ADVISORIES_SOURCE: join(shared, 'feeds') }),
  };
}

function digestOf(reference: string): string {
  return run('skopeo', ['inspect', '--format', '{{.Digest}}', reference]).stdout.trim();
}

function archiveOf(layout: string, file: string): string {
  run('skopeo', ['copy', layout, `docker-archive:${file}:local/debian:12`]);
  return file;
}

async function judged(product: RunningProduct, repository: string, reference: string): Promise<ImageDetail> {
  return until(
    async () => {
      const image = await product.get<ImageDetail>(
        `/api/v1/repositories/${repository}/-/images/${reference}`,
      );
      if (image.scan.state === 'failed') throw new Error(image.scan.error);
      return image.scan.state === 'judged' ? image : undefined;
    },
    120_000,
    () => `${repository}:${reference} was not judged:\n${product.output()}`,
  );
}
