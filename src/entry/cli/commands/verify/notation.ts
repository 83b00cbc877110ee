// `plimsoll verify --notation`: Notary Project signatures, judged by notation's own trust policy and stores, as
// notation keeps them (trust-store-trust-policy.md). One signature that the policy accepts is enough, as for notation.
import { askRevocation } from '../../../../engines/notation/ask-revocation.ts';
import type { RevocationAnswers } from '../../../../engines/notation/revocation.ts';
import {
  parseTrustPolicy,
  selectStatement,
  type TrustStatement,
} from '../../../../engines/notation/trust-policy.ts';
import { createTrustStore, type TrustStore } from '../../../../engines/notation/trust-store.ts';
import { findRevocable, type NotationQuestion, verifyNotation } from '../../../../engines/notation/verify.ts';
import type { FoundSigned } from '../../../../engines/verify/find-signed.ts';
import { parseCertificates } from '../../../../formats/notation/certificate.ts';
import type { RegistryReference } from '../../../../formats/oci/reference.ts';
import type { RawManifest } from '../../../../io/images/source.ts';
import { formatInstant } from '../../../../kit/clock.ts';
import { cliErrors } from '../../errors.ts';
import { type ExitCode, exitCodes } from '../../exit.ts';
import { formatNotationText } from '../../report/notation-text.ts';
import type { ShownNotarySignature, ShownNotation } from '../../shown-notation.ts';
import type { CliWorld, NotationFiles } from '../../world.ts';
import type { NotationAsk } from './ask.ts';
import { readEvidence } from './evidence.ts';
import { readTakenBack, type TakenBack } from './taken-back.ts';

export async function verifyByNotation(world: CliWorld, ask: NotationAsk): Promise<ExitCode> {
  const { reference } = ask;
  if (reference.kind !== 'registry')
    throw cliErrors.option_invalid('--notation judges images of a registry: its policy is for their names');
  const files = await world.openNotation(ask.folder);
  const policy = parseTrustPolicy(await files.readPolicy());
  const statement = selectStatement(policy, `${reference.host}/${reference.repository}`);
  const stores = await readStores(files, statement);
  const { raw, signed, takenBack } = await findMeant(world, { ...ask, reference });
  const { mediaType, digest, sizeBytes } = raw.descriptor;
  const nowMs = world.clock.now();
  const questions = signed.notation.map(({ digest: manifest, ...found }) => ({
    manifest,
    question: { ...found, target: { mediaType, digest, sizeBytes }, statement, stores, nowMs },
  }));
  const revocation = ask.checksRevocation
    ? await askAll(
        world,
        questions.map(({ question }) => question),
      )
    : undefined;
  const signatures = questions.map(({ manifest, question }): ShownNotarySignature => {
    const judged = verifyNotation({ ...question, ...(revocation === undefined ? {} : { revocation }) });
    const hit = takenBack.hits(question);
    return { manifest, ...judged, ...(hit === undefined ? {} : { verdict: 'refused', takenBack: hit }) };
  });
  const shown: ShownNotation = {
    image: ask.text,
    digest,
    ...(reference.tag === undefined || reference.digest !== undefined ? {} : { tag: reference.tag }),
    verifiedAt: formatInstant(nowMs),
    outcome: judge(signatures, statement, signed, takenBack),
    statement: statement.name,
    level: statement.level.name,
    signatures,
    skipped: takenBack.skipped,
    unknowns: [
      ...signed.unknowns,
      ...[...takenBack.unproved, ...takenBack.unclear].map((why) => ({ where: 'revocations', why })),
    ],
  };
  world.stdout.write(
    ask.format === 'json'
      ? `${JSON.stringify(shown, undefined, 2)}\n`
      : formatNotationText(shown, world.stdout),
  );
  if (shown.outcome === 'unsigned') return exitCodes.missingOrDenied;
  return shown.outcome === 'accepted' ? exitCodes.yes : exitCodes.no;
}

/** Asks about what matters to a verdict, each certificate once; nobody where none says where to ask. */
async function askAll(world: CliWorld, questions: readonly NotationQuestion[]): Promise<RevocationAnswers> {
  const subjects = questions.flatMap(findRevocable);
  if (subjects.length === 0) return new Map();
  const { nowMs } = questions[0] as NotationQuestion;
  return askRevocation(subjects, { port: await world.openRevocation(), nowMs });
}

/** With --platform the image of the index; else what the reference names, as notation has it. */
async function findMeant(
  world: CliWorld,
  ask: NotationAsk & { readonly reference: RegistryReference },
): Promise<{ readonly raw: RawManifest; readonly signed: FoundSigned; readonly takenBack: TakenBack }> {
  await using source = await world.openSource(ask.reference);
  const evidence = await readEvidence(world, ask, source);
  const takenBack = await readTakenBack(world, ask, evidence);
  const { root, signed, platform } = evidence;
  return ask.platform === undefined || platform === undefined
    ? { raw: root, signed, takenBack }
    : { raw: platform.image, signed: platform.signed, takenBack };
}

function judge(
  signatures: ShownNotation['signatures'],
  { level }: TrustStatement,
  { unknowns }: FoundSigned,
  { unclear }: TakenBack,
): ShownNotation['outcome'] {
  if (level.name === 'skip') return 'skipped';
  if (signatures.some(({ verdict }) => verdict === 'accepted'))
    return unclear.length > 0 ? 'unknown' : 'accepted';
  // What could not be read may have been a signature.
  return signatures.length + unknowns.length === 0 ? 'unsigned' : 'refused';
}

/** The stores that the statement names; one that is not there fails its own check, and nothing else. */
async function readStores(files: NotationFiles, { stores }: TrustStatement): Promise<readonly TrustStore[]> {
  const found: TrustStore[] = [];
  for (const { kind, name } of stores) {
    const contents = await files.readStore(kind, name);
    if (contents === undefined) continue;
    const certificates = contents.flatMap(({ name: file, bytes }) => parseCertificates(bytes, file));
    found.push(createTrustStore(kind, name, certificates));
  }
  return found;
}
