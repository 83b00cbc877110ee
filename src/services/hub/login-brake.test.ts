import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { createLoginBrake, type LoginBrake, networkOf } from './login-brake.ts';

let now = 1_000_000;
let brake: LoginBrake;
beforeEach(() => {
  brake = createLoginBrake({ clock: { now: () => now } });
});

const wrong = (name: string, address: string) => brake.attempt(name, address, async () => undefined);
const right = (name: string, address: string) => brake.attempt(name, address, async () => name);

async function waitSeconds(attempt: Promise<unknown>): Promise<number> {
  try {
    await attempt;
    return 0;
  } catch (error) {
    const { code, cause } = error as { code: string; cause: { retryAfterSeconds: number } };
    assert.equal(code, 'hub.logins_slowed');
    return cause.retryAfterSeconds;
  }
}

test('some typing errors are free; then each wrong password doubles the wait, up to a quarter of an hour', async () => {
  for (let at = 0; at < 6; at += 1) assert.equal(await waitSeconds(wrong('ada', '192.0.2.1')), 0);
  const waits: number[] = [];
  for (let at = 0; at < 11; at += 1) {
    const wait = await waitSeconds(wrong('ada', '192.0.2.1'));
    waits.push(wait);
    now += wait * 1000;
    await wrong('ada', '192.0.2.1');
  }
  assert.deepEqual(waits, [2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]);
  now += 61 * 60_000;
  assert.equal(await waitSeconds(wrong('ada', '192.0.2.1')), 0, 'an hour later it begins anew');
});

test('a stranger slows a name, but not its owner where they logged in before', async () => {
  await right('ada', '198.51.100.7');
  for (let at = 0; at < 8; at += 1) await waitSeconds(wrong('ada', `192.0.2.${at}`));
  assert.ok((await waitSeconds(right('ada', '203.0.113.9'))) > 0, 'an unknown address waits');
  assert.equal(await waitSeconds(right('ada', '198.51.100.7')), 0);
  for (let at = 0; at < 6; at += 1) await wrong('ada', '198.51.100.7');
  assert.ok(
    (await waitSeconds(wrong('ada', '198.51.100.7'))) > 0,
    'but a known address guesses no more than others',
  );
});

test('an address is slowed whichever names it tries, and a /64 of IPv6 is one', async () => {
  for (let at = 0; at < 30; at += 1) await wrong(`name${at}`, `2001:db8:0:1::${at}`);
  assert.ok((await waitSeconds(wrong('another', '2001:db8:0:1:ffff::1'))) > 0);
  assert.equal(await waitSeconds(wrong('another', '2001:db8:0:2::1')), 0);
});

test('guesses at once are not all free', async () => {
  const held = Promise.withResolvers<undefined>();
  const burst = Array.from({ length: 100 }, () =>
    waitSeconds(brake.attempt('ada', '192.0.2.1', () => held.promise)),
  );
  held.resolve(undefined);
  const waits = await Promise.all(burst);
  assert.equal(waits.filter((wait) => wait === 0).length, 64);
  assert.equal(await waitSeconds(wrong('ada', '192.0.2.1')), 900);
});

test('networks: IPv4 whole, also within IPv6; the first half of IPv6, however it is spelled', () => {
  assert.equal(networkOf('192.0.2.1'), '192.0.2.1');
  assert.equal(networkOf('::ffff:192.0.2.1'), '192.0.2.1');
  assert.equal(networkOf('2001:DB8::1'), '2001:db8:0:0');
  assert.equal(networkOf('2001:db8:0:0:1:2:3:4'), '2001:db8:0:0');
  assert.equal(networkOf('fe80::1%eth0'), 'fe80:0:0:0');
  assert.equal(networkOf('::1'), '0:0:0:0');
  assert.equal(networkOf(''), '');
});
