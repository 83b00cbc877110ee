// Promise: the server judges by the policy file that it is told of; where that says something else at the next
// start, what is stored is judged again without a layer being read. One that cannot be read keeps it from starting.
import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { debianImage } from '../world/image.ts';
import { blobFileOf, bootProduct, type ProductWorld, temporaryFolder, until } from '../world/product.ts';

const made = debianImage(['openssl 3.0.11-1']);

async function rulesOf(world: ProductWorld) {
  const { report } = await world.detail('team/app', '1');
  return report?.rules.map(({ rule, weight }) => `${rule} ${weight}`);
}

test('a policy that changed between two starts is what stored images are judged by', async () => {
  using folder = temporaryFolder();
  const policy = join(folder.path, 'policy.yaml');
  {
    await using world = await bootProduct({ folder: folder.path });
    await world.push('team/app', '1', made);
    await world.untilScanned('team/app', '1');
    assert.equal((await rulesOf(world))?.length, 3);
  }
  for (const digest of made.layers) rmSync(blobFileOf(join(folder.path, 'data'), digest));
  writeFileSync(policy, 'policies: [{name: non-root-user, weight: 7}, {name: quality-gate}]');
  {
    await using world = await bootProduct({ folder: folder.path, policy });
    const { report } = await until(async () => {
      const detail = await world.detail('team/app', '1');
      return detail.report?.policy === policy ? detail : undefined;
    }, 'the new verdict');
    assert.deepEqual(await rulesOf(world), ['non-root-user 7', 'quality-gate 10']);
    assert.ok(report?.score?.hides.includes('1 rule could not be judged and counts as not met'));
  }
  await using world = await bootProduct({ folder: folder.path });
  await until(async () => ((await rulesOf(world))?.length === 3 ? true : undefined), 'the standard policy');
});

test('a policy file that is wrong, absent or no file keeps the server from starting, and makes nothing', async () => {
  using folder = temporaryFolder();
  const policy = join(folder.path, 'policy.yaml');
  await assert.rejects(bootProduct({ folder: folder.path, policy }), {
    code: 'policy.file_missing',
    message: `there is no policy file ${policy}`,
  });
  writeFileSync(policy, 'policies:\n  - name: non-rot-user\n');
  await assert.rejects(bootProduct({ folder: folder.path, policy }), {
    code: 'policy.file_invalid',
    message: `${policy}:2:11: there is no rule "non-rot-user" (did you mean "non-root-user"?)`,
  });
  await assert.rejects(bootProduct({ folder: folder.path, policy: folder.path }), {
    code: 'app.file_unreadable',
  });
});
