// Promise: docs/guide/changes.md holds. Its addresses answer, its example of a body is what is posted, and its two
// ways to check a signature accept a real delivery and nothing else.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import type { CreatedWebhook, WebhookDeliveryList } from '../../src/entry/http/contract-webhook.ts';
import { debianImage } from '../world/image.ts';
import { bootProduct, type ProductWorld, temporaryFolder, until } from '../world/product.ts';
import { type Posted, startReceiver } from '../world/receiver.ts';

const guide = readFileSync(join(import.meta.dirname, '../../docs/guide/changes.md'), 'utf8');
const ORIGIN = 'https://images.example.org';
const asAdmin = { isAdmin: true };
const old = debianImage(['openssl 3.0.11-1']);
const mended = debianImage(['openssl 3.0.15-1', 'curl 8.0-1']);

test('the guide’s addresses answer, and its body and signature are those that are posted', async (t) => {
  await using receiver = await startReceiver();
  await using world = await bootProduct({ flags: [['--webhooks-private', 'on']] });
  await world.refresh();
  const wish = JSON.parse(/--json '(.+)'/.exec(guide)?.[1] ?? '') as Record<string, unknown>;
  assert.deepEqual(Object.keys(wish), ['url', 'repositories']);
  const made = await world.get<CreatedWebhook>('/api/v1/webhooks', {
    method: 'POST',
    status: 201,
    isAdmin: true,
    body: { ...wish, url: receiver.url },
  });
  for (const [tags, image] of [
    [['1.0', '1.3.2', 'latest'], old],
    [['1.0', '1.4.0', 'latest'], mended],
  ] as const)
    for (const tag of tags) {
      await world.push('team/app', tag, image);
      await world.untilScanned('team/app', tag);
    }
  const posted = await until(
    async () => receiver.posted.find(({ body }) => body.includes('"tag":"latest"')),
    'the change',
  );

  await checkAddresses(world, made.id);
  checkBody(posted);
  await checkSignatures(posted, made.secret, (why) => t.diagnostic(why));
});

/** Asks what each `curl` of the guide asks, in their order: the last one removes the webhook. */
async function checkAddresses(world: ProductWorld, id: string): Promise<void> {
  const lines = [...guide.matchAll(/^curl (.*)$/gm)].map(([, line]) => line as string);
  const asked = lines.filter((line) => !line.endsWith('\\'));
  assert.equal(asked.length, 8);
  let delivery = '';
  for (const line of asked) {
    const address = /https:\/\/[^\s']+/.exec(line)?.[0].slice(ORIGIN.length) ?? '';
    const path = address.replace('$ID', id).replace('$DELIVERY', delivery);
    const method = / -X (\w+)/.exec(line)?.[1] ?? 'GET';
    const options = { method, isAdmin: line.includes('-u admin'), status: method === 'POST' ? 202 : 200 };
    const answer = await world.get<Record<string, unknown>>(path, options);
    assert.ok(Object.keys(answer).length > 0, line);
    if (!path.endsWith('/deliveries')) continue;
    const ping = (answer as WebhookDeliveryList).deliveries.find(({ event }) => event === 'ping');
    assert.ok(ping !== undefined);
    delivery = ping.id;
  }
  await world.problem(`/api/v1/webhooks/${id}/deliveries`, 404, asAdmin);
}

function checkBody({ body, headers }: Posted): void {
  const example = JSON.parse(blockOf('json')) as Record<string, unknown>;
  const { comparison, ...told } = JSON.parse(body) as Record<string, unknown>;
  assert.deepEqual(Object.keys(told), Object.keys(example));
  assert.equal(typeof comparison, 'object');
  for (const name of ['event', 'repository', 'tag', 'beforeTag', 'platform', 'answer', 'trend'])
    assert.equal(told[name], example[name], name);
  for (const [, name = ''] of guide.matchAll(/^\| `(X-Plimsoll-[\w-]+)`/gm))
    assert.ok(headers[name.toLowerCase()], name);
}

async function checkSignatures({ body, headers }: Posted, secret: string, skip: (why: string) => void) {
  const header = headers['x-plimsoll-signature-256'] as string;
  using folder = temporaryFolder();
  const program = join(folder.path, 'check.mjs');
  writeFileSync(program, blockOf('js'));
  const { isFromPlimsoll } = (await import(pathToFileURL(program).href)) as {
    isFromPlimsoll(bytes: Uint8Array, header: string | undefined, secret: string): boolean;
  };
  const bytes = Buffer.from(body);
  assert.equal(isFromPlimsoll(bytes, header, secret), true);
  assert.equal(isFromPlimsoll(bytes, undefined, secret), false);
  assert.equal(isFromPlimsoll(bytes, `${header.slice(0, -1)}é`, secret), false);
  assert.equal(isFromPlimsoll(bytes, header, `${secret}x`), false);
  assert.equal(isFromPlimsoll(Buffer.from(`${body} `), header, secret), false);

  writeFileSync(join(folder.path, 'body.json'), body);
  const command = /^openssl .*$/m.exec(guide)?.[0] ?? '';
  const { error, stdout } = spawnSync('sh', ['-c', `command -v openssl >/dev/null && ${command}`], {
    cwd: folder.path,
    env: { ...process.env, SECRET: secret },
    encoding: 'utf8',
  });
  if (error !== undefined || stdout === '') return skip('openssl is not here: its line was not tried');
  assert.equal(`sha256=${stdout.split(' ')[0]}`, header);
}

function blockOf(language: string): string {
  return new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``).exec(guide)?.[1] ?? '';
}
