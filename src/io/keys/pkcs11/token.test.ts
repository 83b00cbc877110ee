// The token's own process, without the process: which token and key is taken, what becomes of PINs, and modules that
// behave as they should not.
import assert from 'node:assert/strict';
import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { issue } from '../../../formats/notation/certificate.fixture.ts';
import type { Json } from '../../../kit/json.ts';
import { createFakeModule, type FakeModule, type FakeToken } from './cryptoki.fixture.ts';
import { CryptokiFailure, ck } from './cryptoki.ts';
import type { TokenAnswer, TokenPlace } from './protocol.ts';
import { formatTokenKey } from './public-key.ts';
import { createToken } from './token.ts';

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const spki = createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
const key = { label: 'signing', privateKey };
const plain: FakeToken = { label: 'one', pin: '1234', keys: [key] };

function open(module: FakeModule, place: TokenPlace = {}, pin: string | undefined = '1234') {
  const token = createToken(async () => module);
  const question = { kind: 'open', module: '/m.so', place, ...(pin === undefined ? {} : { pin }) };
  return { token, answer: token.answer(question as unknown as Json) };
}

async function trouble(answer: Promise<TokenAnswer>): Promise<string> {
  const given = await answer;
  assert.equal(given.kind, 'trouble');
  return given.kind === 'trouble' ? `${given.trouble}: ${given.message}` : '';
}

test('token: the one that fits is opened, and none where two or none do', async () => {
  const other: FakeToken = { ...plain, label: 'two', serial: '2' };
  const fits = [
    { token: 'one' },
    { serial: '1' },
    { slotId: '0' },
    { token: 'one', manufacturer: 'Plimsoll' },
  ];
  for (const place of fits) {
    const { answer } = open(createFakeModule([plain, other]), place);
    assert.equal((await answer).kind, 'opened', JSON.stringify(place));
  }
  for (const place of [{ token: 'three' }, { serial: '3' }, { slotId: '2' }, { token: 'one', model: 'x' }])
    assert.match(await trouble(open(createFakeModule([plain, other]), place).answer), /^missing: .* token/);
  assert.match(
    await trouble(open(createFakeModule([plain, other])).answer),
    /^ambiguous: 2 tokens fit: "one" with the serial number "1", "two"/,
  );
});

test('token: the one key that fits is opened, by label, by id or by both', async () => {
  const tokens: FakeToken[] = [
    {
      ...plain,
      keys: [key, { ...key, label: 'other', id: 'b' }, { ...key, label: 'other', id: 'c' }],
    },
  ];
  const id = Buffer.from('b').toString('base64');
  for (const place of [{ object: 'signing' }, { id }, { object: 'other', id }])
    assert.equal((await open(createFakeModule(tokens), place).answer).kind, 'opened');
  assert.match(await trouble(open(createFakeModule(tokens), { object: 'other' }).answer), /^ambiguous: /);
  for (const place of [{ object: 'none' }, { object: 'signing', id }])
    assert.match(await trouble(open(createFakeModule(tokens), place).answer), /^missing: .* private key/);
});

test('token: a PIN is sent once, none at the last try, and none is made up', async () => {
  const module = createFakeModule([plain]);
  assert.equal(await trouble(open(module, {}, '9999').answer), 'denied: C_Login: CKR_PIN_INCORRECT');
  assert.deepEqual(module.logins, ['1:9999']);
  for (const [flag, why] of [
    [ck.CKF_USER_PIN_FINAL_TRY, /^denied: .* last try/],
    [ck.CKF_USER_PIN_LOCKED, /^denied: .* locked/],
  ] as const) {
    const careful = createFakeModule([{ ...plain, flags: ck.CKF_LOGIN_REQUIRED | flag }]);
    assert.match(await trouble(open(careful).answer), why);
    assert.deepEqual(careful.logins, []);
  }
  const asked = createToken(async () => createFakeModule([plain]));
  assert.match(
    await trouble(asked.answer({ kind: 'open', module: '/m.so', place: {} })),
    /^denied: the token wants a PIN, and none was given/,
  );
});

test('token: where its reader asks for the PIN, it is left to it', async () => {
  const module = createFakeModule([{ ...plain, flags: ck.CKF_PROTECTED_AUTHENTICATION_PATH }]);
  const token = createToken(async () => module);
  assert.equal((await token.answer({ kind: 'open', module: '/m.so', place: {} })).kind, 'opened');
  assert.deepEqual(module.logins, ['1:(reader)']);
});

test('token: a key that wants its PIN for each signature gets it, between the two calls', async () => {
  const module = createFakeModule([{ ...plain, keys: [{ ...key, isAlwaysAuthenticated: true }] }]);
  const { token, answer } = open(module);
  assert.equal((await answer).kind, 'opened');
  const question = { kind: 'sign', mechanism: 'ecdsa', bytes: Buffer.alloc(32).toString('base64') };
  assert.equal((await token.answer(question)).kind, 'signed');
  assert.equal((await token.answer(question)).kind, 'signed');
  assert.deepEqual(module.logins, ['1:1234', '2:1234', '2:1234']);
  token[Symbol.dispose]();
  assert.ok(module.isFinalized);
});

test('token: the public half is found on the key, beside it or in its certificate, and its absence is said', async () => {
  for (const publicIn of [undefined, 'spki'] as const) {
    const one = { ...key, ...(publicIn === undefined ? {} : { publicIn }) };
    const answer = await open(createFakeModule([{ ...plain, keys: [one] }])).answer;
    assert.ok(answer.kind === 'opened');
    assert.deepEqual(Buffer.from(formatTokenKey(answer.key)), spki);
  }
  const issued = issue({ subject: 'C=DE,ST=Hamburg,O=Example,CN=Signer' });
  const withCertificate: FakeToken = {
    ...plain,
    keys: [{ ...key, privateKey: issued.key, publicIn: 'certificate', certificate: issued.certificate.der }],
  };
  const certified = await open(createFakeModule([withCertificate])).answer;
  assert.ok(certified.kind === 'opened' && certified.key.kind === 'certificate');
  assert.deepEqual(
    Buffer.from(formatTokenKey(certified.key)),
    createPublicKey(issued.key).export({ format: 'der', type: 'spki' }),
  );
  const bare = createFakeModule([{ ...plain, keys: [{ ...key, publicIn: 'nowhere' }] }]);
  assert.match(await trouble(open(bare).answer), /^missing: .* no public key or certificate/);
});

test('token: questions out of order and modules that fail are answers too', async () => {
  const token = createToken(async () => createFakeModule([plain]));
  const sign = { kind: 'sign', mechanism: 'ecdsa', bytes: '' };
  assert.equal(await trouble(token.answer(sign)), 'failed: no key is open');
  assert.equal(await trouble(token.answer('text')), 'failed: a question is no object');
  const broken = createToken(() => Promise.reject(new Error('dlopen failed: no such file')));
  const question = { kind: 'open', module: '/m.so', place: {} };
  assert.equal(await trouble(broken.answer(question)), 'failed: dlopen failed: no such file');
  const removed = { ...createFakeModule([plain]) };
  removed.sign = () => {
    throw new CryptokiFailure('C_Sign', ck.CKR_DEVICE_REMOVED);
  };
  const { token: gone, answer } = open(removed);
  await answer;
  assert.equal(await trouble(gone.answer(sign)), 'failed: C_Sign: CKR_DEVICE_REMOVED');
});
