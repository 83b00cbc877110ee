// The SPDX documents are valid by the SPDX project's own validator (spdx-tools, in a virtual environment).
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { root } from '../house.ts';
import { missingTools, plimsoll, run, sharedFolder, temporaryFolder } from './world.ts';

const shared = sharedFolder();
const skip = missingTools('python3') ?? (shared === undefined ? '../shared is absent' : undefined);

test('SPDX documents of an Alpine image and of an application pass spdx-tools, a broken one does not', {
  skip,
}, () => {
  using folder = temporaryFolder();
  const venv = join(folder.path, 'venv');
  run('python3', ['-m', 'venv', venv]);
  run(join(venv, 'bin/pip'), ['install', '--quiet', 'spdx-tools==0.8.5']);
  const validate = (file: string, status: number): void =>
    void run(join(venv, 'bin/pyspdxtools'), ['--infile', file], { status });
  run('npm', ['run', '--silent', 'example'], { cwd: root });
  const images = [
    `docker-archive:${shared}/fixtures/images/alpine-311.tar.gz`,
    `oci-archive:${join(root, 'example.tar')}`,
  ];
  for (const [position, image] of images.entries()) {
    const file = join(folder.path, `image-${position}.spdx.json`);
    plimsoll(['inspect', '--format', 'spdx', '--output', file, image], {
      env: { PLIMSOLL_ADVISORIES: join(folder.path, 'advisories') },
    });
    validate(file, 0);
    const document = JSON.parse(readFileSync(file, 'utf8'));
    assert.ok(document.packages.length > 10);
    document.packages[0].SPDXID = 'no identifier';
    const broken = join(folder.path, `broken-${position}.spdx.json`);
    writeFileSync(broken, JSON.stringify(document));
    validate(broken, 1);
  }
});
