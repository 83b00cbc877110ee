// Notary Project signatures as the pages judge them against the same engine in Node: the same verdict, word for word, for
// each algorithm and form, and with any part changed.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import fc from 'fast-check';
import { createSigner, type Signer } from '../../src/engines/notation/notation.fixture.ts';
import type * as nodeStore from '../../src/engines/notation/trust-store.ts';
import * as nodeVerify from '../../src/engines/notation/verify.ts';
import type * as nodeCertificate from '../../src/formats/notation/certificate.ts';
import { importInBrowserTerms } from './in-browser-terms.ts';

let verify: typeof nodeVerify;
let certificate: typeof nodeCertificate;
let store: typeof nodeStore;

before(async () => {
  verify = await importInBrowserTerms('../../src/engines/notation/verify.ts');
  certificate = await importInBrowserTerms('../../src/formats/notation/certificate.ts');
  store = await importInBrowserTerms('../../src/engines/notation/trust-store.ts');
});

/** The same question with the stores' certificates as the pages read them. */
function judgeBoth(question: nodeVerify.NotationQuestion): readonly [unknown, unknown] {
  const stores = question.stores.map(({ kind, name, certificates }) =>
    store.createTrustStore(
      kind,
      name,
      certificates.map(({ der }) => certificate.parseCertificate(der, 'a store')),
    ),
  );
  return [verify.verifyNotation({ ...question, stores }), nodeVerify.verifyNotation(question)];
}

const ALGORITHMS = ['ES256', 'ES384', 'ES512', 'PS256', 'PS384', 'PS512'];
const signers = new Map<string, Signer>(ALGORITHMS.map((name) => [name, createSigner(name)]));

for (const format of ['jws', 'cose'] as const)
  test(`notation in the page: ${format} of each algorithm is judged as in Node`, async () => {
    for (const [name, signer] of signers) {
      const signature = await signer.sign({ format });
      const [page, node] = judgeBoth(signer.question(signature));
      assert.deepEqual(page, node, name);
      assert.equal((node as nodeVerify.NotationVerdict).checks[0]?.outcome, 'passed', name);
      const other = signers.get(name === 'ES256' ? 'ES384' : 'ES256');
      const [stranger, inNode] = judgeBoth(other?.question(signature) as nodeVerify.NotationQuestion);
      assert.deepEqual(stranger, inNode, name);
    }
  });

test('notation in the page: with any byte changed it says what Node says, or refuses', async () => {
  const made = await Promise.all(
    ['ES256', 'PS256'].flatMap((name) =>
      (['jws', 'cose'] as const).map(async (format) => {
        const signer = signers.get(name) as Signer;
        return { signer, signature: await signer.sign({ format }) };
      }),
    ),
  );
  fc.assert(
    fc.property(fc.constantFrom(...made), fc.nat(), fc.integer({ min: 1, max: 255 }), (one, place, mask) => {
      const envelope = Uint8Array.from(one.signature.envelope);
      const at = place % envelope.byteLength;
      envelope[at] = (envelope[at] as number) ^ mask;
      const [page, node] = judgeBoth({ ...one.signer.question(one.signature), envelope }) as readonly [
        nodeVerify.NotationVerdict,
        nodeVerify.NotationVerdict,
      ];
      if (page.verdict === 'accepted' || node.checks.length > 1) assert.deepEqual(page, node);
      else assert.equal(page.verdict, 'refused');
    }),
    { numRuns: 300 },
  );
});
