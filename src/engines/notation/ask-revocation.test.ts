import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  authorityExtensions,
  basicConstraints,
  extendedKeyUsage,
  extension,
  type Issued,
  issue,
  keyUsage,
  leafExtensions,
  listAddress,
  nowMs,
  ocspAddress,
  sequence,
} from '../../formats/notation/certificate.fixture.ts';
import {
  derBoolean,
  derImplicit,
  derInteger,
  derNull,
  derSequence,
  derWrapped,
} from '../../formats/x509/der.ts';
import {
  type Authority,
  type MadeAnswer,
  type MadeList,
  makeAnswer,
  makeList,
  makeRefusal,
} from '../../formats/x509/revocation.fixture.ts';
import { limits } from '../../kit/limits.ts';
import { askRevocation } from './ask-revocation.ts';
import { notationTrustErrors } from './errors.ts';
import type { RevocationAnswer } from './revocation-answer.ts';

const OCSP = 'http://ocsp.example.org/';
const LIST = 'http://crl.example.org/';
const HOUR = 3_600_000;

const root = issue({ subject: 'C=DE,O=Example,CN=Root', extensions: authorityExtensions });
const stranger = issue({ subject: 'C=DE,O=Example,CN=Root', extensions: authorityExtensions });
const both = issueUnder(root, [...leafExtensions, ocspAddress(OCSP), listAddress(LIST)]);
const byOcsp = issueUnder(root, [...leafExtensions, ocspAddress(OCSP)]);
const byList = issueUnder(root, [...leafExtensions, listAddress(LIST)]);
const { serial } = root.certificate;

const noCheck = extension('1.3.6.1.5.5.7.48.1.5', false, sequence());
const forOcsp = extendedKeyUsage(['1.3.6.1.5.5.7.3.9']);

function issueUnder(
  issuer: Issued,
  extensions: Parameters<typeof issue>[0]['extensions'],
  own: object = {},
): Issued {
  const subject = 'C=DE,O=Example,CN=Signer';
  return issue({ subject, issuer, ...(extensions === undefined ? {} : { extensions }), ...own });
}

function responder(extensions: readonly ReturnType<typeof keyUsage>[], own: object = {}): Issued {
  return issueUnder(root, extensions, { subject: 'C=DE,O=Example,CN=Responder', ...own });
}

function by({ certificate, key }: Issued): Authority {
  return { key, name: certificate.subjectDer };
}

function ocsp(own: Partial<MadeAnswer> = {}, signer: Issued = root): Uint8Array {
  return makeAnswer(by(signer), {
    issuer: by(root),
    serial,
    state: 'good',
    thisUpdateMs: nowMs - HOUR / 2,
    nextUpdateMs: nowMs + HOUR,
    ...(signer === root ? {} : { certificates: [signer.certificate.der] }),
    ...own,
  });
}

function list(own: Partial<MadeList> = {}, signer: Issued = root): Uint8Array {
  return makeList(by(signer), { thisUpdateMs: nowMs - HOUR, nextUpdateMs: nowMs + HOUR, ...own });
}

/** What is known where these places answer so; and which were asked. */
async function ask(
  subject: Issued,
  places: Readonly<Record<string, Uint8Array>>,
  issuer = root,
): Promise<{ readonly answer: RevocationAnswer; readonly asked: readonly string[] }> {
  const asked: string[] = [];
  const fetch = async (url: string): Promise<Uint8Array> => {
    asked.push(url);
    const bytes = places[url];
    if (bytes === undefined) throw notationTrustErrors.policy_missing(`${url} is not there`);
    return bytes;
  };
  const { certificate } = subject;
  const answers = await askRevocation([{ certificate, issuer: issuer.certificate }], {
    port: { askOcsp: fetch, fetchList: fetch },
    nowMs,
  });
  return { answer: answers.get(certificate.fingerprint) as RevocationAnswer, asked };
}

async function isUnknown(
  subject: Issued,
  places: Readonly<Record<string, Uint8Array>>,
  why: RegExp,
  issuer = root,
) {
  const { answer } = await ask(subject, places, issuer);
  assert.equal(answer.kind, 'unknown', `expected ${why}`);
  assert.match(answer.kind === 'unknown' ? answer.why : '', why);
}

test('revocation: OCSP is asked first, and a list where it says nothing that is believed', async () => {
  assert.deepEqual(await ask(both, { [OCSP]: ocsp(), [LIST]: list() }), {
    answer: { kind: 'good' },
    asked: [OCSP],
  });
  const fallen = await ask(both, { [OCSP]: makeRefusal(3), [LIST]: list() });
  assert.deepEqual(fallen, { answer: { kind: 'good' }, asked: [OCSP, LIST] });
  assert.equal((await ask(both, { [OCSP]: ocsp({ state: 'unknown' }), [LIST]: list() })).answer.kind, 'good');
  await isUnknown(
    both,
    {},
    /^OCSP http:\/\/ocsp.example.org\/: .* is not there; list http:\/\/crl.* is not there$/,
  );
  await isUnknown(issueUnder(root, leafExtensions), {}, /names no place that can be asked/);
});

test('revocation: what OCSP says of a revoked certificate', async () => {
  const state = { atMs: nowMs - HOUR, reason: 1, invalidFromMs: nowMs - 2 * HOUR };
  assert.deepEqual((await ask(byOcsp, { [OCSP]: ocsp({ state }) })).answer, {
    kind: 'revoked',
    revokedAt: new Date(nowMs - HOUR),
    reason: 'keyCompromise',
    invalidFrom: new Date(nowMs - 2 * HOUR),
  });
});

test('revocation: an OCSP answer that is old, of another, changed or not understood says nothing', async () => {
  const critical = { oid: '1.2.3', critical: true, value: derNull() };
  const changed = Uint8Array.from(ocsp());
  changed[changed.length - 1] = (changed.at(-1) as number) ^ 1;
  for (const [bytes, why] of [
    [ocsp({ nextUpdateMs: nowMs - 1000 }), /it held until/],
    [ocsp({ thisUpdateMs: nowMs + limits.revocationSkewMs + 1000 }), /is to come/],
    [ocsp({ serial: '01' }), /about another certificate/],
    [ocsp({ issuer: by(stranger) }), /about another certificate/],
    [ocsp({ times: 2 }), /speaks twice/],
    [ocsp({ state: 'unknown' }), /does not know the certificate/],
    [ocsp({ extensions: [critical] }), /critical extension 1\.2\.3/],
    [changed, /signature of the answer does not hold/],
    [makeRefusal(6), /does not answer about this certificate/],
    [Uint8Array.of(1, 2), /not/],
  ] as const)
    await isUnknown(byOcsp, { [OCSP]: bytes }, why);
  // Without an end it is believed for a while, since an old one may be shown anew.
  const open = (thisUpdateMs: number): Uint8Array =>
    makeAnswer(by(root), { issuer: by(root), serial, state: 'good', thisUpdateMs });
  assert.equal((await ask(byOcsp, { [OCSP]: open(nowMs - limits.revocationFreshMs) })).answer.kind, 'good');
  await isUnknown(byOcsp, { [OCSP]: open(nowMs - limits.revocationFreshMs - 1000) }, /it held until/);
});

test('revocation: a responder speaks for the issuer that made it its responder, and for nobody else', async () => {
  const good = responder([keyUsage([0]), forOcsp, noCheck]);
  assert.equal((await ask(byOcsp, { [OCSP]: ocsp({}, good) })).answer.kind, 'good');
  assert.equal((await ask(byOcsp, { [OCSP]: ocsp({ namesKey: true }, good) })).answer.kind, 'good');
  const foreign = issueUnder(stranger, [keyUsage([0]), forOcsp, noCheck], { subject: 'C=DE,O=Example,CN=R' });
  const strange = extension('1.2.3', true, sequence());
  for (const [signer, why] of [
    [responder([keyUsage([0]), noCheck]), /not for answering OCSP/],
    [responder([keyUsage([5]), forOcsp, noCheck]), /may not sign/],
    [responder([keyUsage([0]), forOcsp, noCheck, strange]), /critical extension/],
    [responder([keyUsage([0]), forOcsp, noCheck], { notAfter: '2025-12-31T00:00:00Z' }), /not valid now/],
    [responder([keyUsage([0]), forOcsp, noCheck], { hash: 'sha1' }), /not of the authority/],
    [foreign, /not of the authority/],
    // Another authority of the same name.
    [stranger, /signature of the answer does not hold/],
    // The certificate itself may not clear itself.
    [byOcsp, /not for answering OCSP/],
  ] as const)
    await isUnknown(byOcsp, { [OCSP]: ocsp({}, signer) }, why);
  await isUnknown(byOcsp, { [OCSP]: ocsp({ certificates: [] }, good) }, /does not bring its responder/);
});

test('revocation: a responder without no-check is asked about by its own list', async () => {
  const own = 'http://crl.example.org/responders';
  const signer = responder([keyUsage([0]), forOcsp, listAddress(own)]);
  const revoked = list({ entries: [{ serial, atMs: nowMs }] });
  assert.equal((await ask(byOcsp, { [OCSP]: ocsp({}, signer), [own]: list() })).answer.kind, 'good');
  await isUnknown(
    byOcsp,
    { [OCSP]: ocsp({}, signer), [own]: revoked },
    /responder’s certificate was revoked/,
  );
  await isUnknown(byOcsp, { [OCSP]: ocsp({}, signer) }, /may have been revoked: list .* is not there/);
  const nowhere = responder([keyUsage([0]), forOcsp]);
  assert.equal((await ask(byOcsp, { [OCSP]: ocsp({}, nowhere) })).answer.kind, 'good');
});

test('revocation: a list clears who is not in it, and revokes who is, for good also when it is past its time', async () => {
  const entry = { serial, atMs: nowMs - HOUR };
  const old = { nextUpdateMs: nowMs - 1000 };
  assert.equal((await ask(byList, { [LIST]: list() })).answer.kind, 'good');
  assert.equal(
    (await ask(byList, { [LIST]: list({ entries: [{ serial: '01', atMs: nowMs }] }) })).answer.kind,
    'good',
  );
  const revoked = { kind: 'revoked', revokedAt: new Date(nowMs - HOUR) };
  assert.deepEqual((await ask(byList, { [LIST]: list({ entries: [entry] }) })).answer, revoked);
  assert.deepEqual((await ask(byList, { [LIST]: list({ entries: [entry], ...old }) })).answer, revoked);
  const held = { entries: [{ ...entry, reason: 6 }] };
  assert.equal((await ask(byList, { [LIST]: list(held) })).answer.kind, 'revoked');
  await isUnknown(byList, { [LIST]: list({ ...held, ...old }) }, /too old/);
  await isUnknown(byList, { [LIST]: list(old) }, /too old: it held until/);
  await isUnknown(byList, { [LIST]: list({ entries: [{ ...entry, reason: 8 }] }) }, /takes back an entry/);
});

test('revocation: a list of others, of a part, of changes or not understood clears nobody', async () => {
  const point = (...fields: readonly Uint8Array[]) => ({
    extensions: [{ oid: '2.5.29.28', critical: true, value: derSequence(...fields) }],
  });
  const place = (url: string) => point(derWrapped(0, derWrapped(0, derImplicit(6, Buffer.from(url)))));
  const set = (tag: number) => point(derImplicit(tag, Uint8Array.of(0xff)));
  const named = (oid: string, critical: boolean) => ({
    extensions: [{ oid, critical, value: derInteger(1) }],
  });
  const changed = Uint8Array.from(list());
  changed[changed.length - 1] = (changed.at(-1) as number) ^ 1;
  const entry = {
    serial: '01',
    atMs: nowMs,
    extensions: [{ oid: '1.2.3', critical: true, value: derBoolean(true) }],
  };
  assert.equal((await ask(byList, { [LIST]: list(place(LIST)) })).answer.kind, 'good');
  assert.equal((await ask(byList, { [LIST]: list(set(1)) })).answer.kind, 'good');
  for (const [bytes, why] of [
    [list({}, stranger), /signature of the list does not hold/],
    [changed, /signature of the list does not hold/],
    [list({}, byList), /of another authority/],
    // The trap: a list of the same authority with other certificates, put in the place of the right one.
    [list(place('http://crl.example.org/other')), /another part/],
    [list(set(2)), /another kind/],
    [list(set(5)), /another kind/],
    [list(point(derImplicit(3, Uint8Array.of(6, 0x40)))), /some reasons only/],
    [list(set(4)), /several authorities/],
    [list(named('2.5.29.27', true)), /only what changed/],
    [list(named('2.5.29.46', false)), /list of changes/],
    [list(named('1.2.3', true)), /critical extension 1\.2\.3/],
    [list({ entries: [entry] }), /critical extension 1\.2\.3/],
    [Uint8Array.of(0x30, 0), /not a readable revocation list/],
  ] as const)
    await isUnknown(byList, { [LIST]: bytes }, why);
  const mute = issue({ subject: 'C=DE,O=Mute', extensions: [basicConstraints(true), keyUsage([5])] });
  const under = issueUnder(mute, [...leafExtensions, listAddress(LIST)]);
  await isUnknown(under, { [LIST]: list({}, mute) }, /may not sign lists/, mute);
  const fresh = extension('2.5.29.46', false, sequence());
  await isUnknown(
    issueUnder(root, [...leafExtensions, listAddress(LIST), fresh]),
    { [LIST]: list() },
    /list of changes/,
  );
});

test('revocation: what the port throws uncoded goes on', async () => {
  const stopped = new Error('stopped');
  const port = { askOcsp: () => Promise.reject(stopped), fetchList: () => Promise.reject(stopped) };
  const subject = { certificate: both.certificate, issuer: root.certificate };
  await assert.rejects(askRevocation([subject], { port, nowMs }), stopped);
});
