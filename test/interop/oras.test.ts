// Promise: `oras` does here all that it does with a registry: login, artifacts with annotations, what is attached to
// them and found again, copies with what hangs on them, tags, and what was pushed in part is not pushed again.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, after as end, test } from 'node:test';
import {
  missingNewerTools,
  password,
  type Ran,
  type RunningProduct,
  run,
  startProduct,
  temporaryFolder,
} from './world.ts';

const skip = missingNewerTools('oras');

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

test('oras', { skip }, async (t) => {
  const folder = temporaryFolder();
  const place = folder.path;
  let product: RunningProduct;
  const login = join(place, 'login.json');
  /** Logged in; files are named as they lie in the folder. */
  const oras = (words: string, more: readonly string[] = [], status = 0): Ran => {
    const args = words.split(' ').map((word) => word.replace('HOST', product.host));
    // A login of the machine's own is left alone, and so are its folders.
    return run('oras', [...args, ...more], {
      cwd: place,
      status,
      env: { HOME: place, DOCKER_CONFIG: place },
    });
  };
  const to = ['--plain-http', '--registry-config', login];
  const json = <T>(words: string): T => JSON.parse(oras(words, to).stdout);

  before(async () => {
    product = await startProduct(join(place, 'data'), { args: ['--advisories-refresh', 'off'] });
    writeFileSync(join(place, 'report.txt'), 'all is well\n');
    writeFileSync(join(place, 'weights.bin'), randomBytes(5_000_000));
    writeFileSync(join(place, 'note.json'), '{"note":1}');
  });
  end(async () => {
    await product.stop();
    folder[Symbol.dispose]();
  });

  await t.test('login is refused with a wrong password, and kept with the right one', () => {
    const wrong = oras('login HOST --plain-http -u admin -p wrong --registry-config', [login], 1);
    assert.match(wrong.stderr, /401|unauthorized/i);
    oras(`login HOST --plain-http -u admin -p ${password} --registry-config`, [login]);
    assert.match(readFileSync(login, 'utf8'), new RegExp(product.host));
  });

  await t.test('an artifact with annotations is pushed under two tags and comes back as it was', () => {
    oras(
      'push HOST/team/model:1,stable report.txt:text/plain weights.bin --artifact-type application/vnd.example.model --annotation org.example.stage=final',
      to,
    );
    const manifest = json<Descriptor & { layers: Descriptor[] }>('manifest fetch HOST/team/model:stable');
    assert.equal(manifest.artifactType, 'application/vnd.example.model');
    assert.equal(manifest.annotations?.['org.example.stage'], 'final');
    assert.deepEqual(
      manifest.layers.map((layer) => layer.annotations?.['org.opencontainers.image.title']),
      ['report.txt', 'weights.bin'],
    );
    oras('pull HOST/team/model:1 -o back', to);
    for (const name of ['report.txt', 'weights.bin'])
      assert.deepEqual(readFileSync(join(place, 'back', name)), readFileSync(join(place, name)), name);
    assert.equal(
      oras('resolve HOST/team/model:1', to).stdout,
      oras('resolve HOST/team/model:stable', to).stdout,
    );
  });

  await t.test('what is attached is found again, by its type too', () => {
    oras(
      'attach HOST/team/model:1 note.json:application/json --artifact-type application/vnd.example.note --annotation who=me',
      to,
    );
    oras('attach HOST/team/model:1 report.txt --artifact-type application/vnd.example.report', to);
    const found = (filter: string) =>
      json<{ referrers: Descriptor[] }>(
        `discover HOST/team/model:1 --format json --distribution-spec v1.1-referrers-api${filter}`,
      ).referrers;
    assert.deepEqual(
      found('')
        .map((one) => one.artifactType)
        .sort(),
      ['application/vnd.example.note', 'application/vnd.example.report'],
    );
    const [note, ...more] = found(' --artifact-type application/vnd.example.note');
    assert.equal(more.length, 0);
    assert.equal(note?.annotations?.who, 'me');
  });

  await t.test('a copy to another repository takes along what is attached', () => {
    oras('cp HOST/team/model:1 HOST/team/copy:1 -r --from-plain-http --to-plain-http', [
      ...['--from-registry-config', login, '--to-registry-config', login],
    ]);
    const digest = (name: string) => oras(`resolve HOST/team/${name}:1`, to).stdout;
    assert.equal(digest('copy'), digest('model'));
    const { referrers } = json<{ referrers: Descriptor[] }>('discover HOST/team/copy:1 --format json');
    assert.equal(referrers.length, 2);
  });

  await t.test('and a copy to a layout and back is the same', () => {
    oras('cp HOST/team/model:1 --from-plain-http --to-oci-layout laid:1 --from-registry-config', [login]);
    oras('cp --from-oci-layout laid:1 HOST/team/again:1 --to-plain-http --to-registry-config', [login]);
    assert.equal(oras('resolve HOST/team/again:1', to).stdout, oras('resolve HOST/team/model:1', to).stdout);
  });

  await t.test('tags are listed in order, in part, added, and go with their manifest', () => {
    oras('tag HOST/team/model:1 a b c', to);
    const list = (more = '') =>
      oras(`repo tags HOST/team/model --exclude-digest-tags${more}`, to).stdout.trim().split('\n');
    assert.deepEqual(list(), ['1', 'a', 'b', 'c', 'stable']);
    assert.deepEqual(list(' --last b'), ['c', 'stable']);
    assert.match(oras('repo ls HOST', to).stdout, /^team\/model$/m);
    oras('push HOST/team/model:gone note.json:application/json', to);
    const digest = oras('resolve HOST/team/model:gone', to).stdout.trim();
    oras(`manifest delete HOST/team/model@${digest} --force`, to);
    assert.match(oras('manifest fetch HOST/team/model:gone', to, 1).stderr, /not found/);
    assert.deepEqual(list(), ['1', 'a', 'b', 'c', 'stable']);
  });

  await t.test('a release that does not move says why', () => {
    oras('push HOST/team/model:1.2.3 report.txt', to);
    const refused = oras('push HOST/team/model:1.2.3 note.json', to, 1);
    assert.match(refused.stderr, /tag 1\.2\.3 of team\/model is a release and stays what it is/);
  });

  await t.test('what a push that ended early has brought is not sent again', () => {
    writeFileSync(join(place, 'half.bin'), randomBytes(3_000_000));
    mkdirSync(join(place, 'rest'));
    // The first blob of two: what is there when a push of both is cut off. oras itself begins a blob anew.
    oras('blob push HOST/team/resumed half.bin', to);
    const pushed = oras('push HOST/team/resumed:1 half.bin report.txt --no-tty', to).stdout;
    assert.match(pushed, /Exists +\S+ half\.bin/);
    assert.match(pushed, /Uploaded +\S+ report\.txt/);
    oras('pull HOST/team/resumed:1 -o rest', to);
    assert.deepEqual(readFileSync(join(place, 'rest/half.bin')), readFileSync(join(place, 'half.bin')));
  });

  await t.test('nothing of it was an error to the server', () => {
    assert.doesNotMatch(product.output(), /"level":"(?:error|warn)"/);
  });
});
