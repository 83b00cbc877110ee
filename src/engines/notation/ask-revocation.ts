// Asks about the revocation of certificates (trust-store-trust-policy.md, "Certificate Revocation Evaluation"): OCSP
// first, then lists, each address in the certificate's order until one says something that can be believed. What
// nobody said is unknown, with what each of them answered.
import { formatOcspRequest } from '../../formats/x509/ocsp-request.ts';
import { type RevocationPlaces, readRevocationPlaces } from '../../formats/x509/revocation-place.ts';
import { describeError, isPlimsollError } from '../../kit/error.ts';
import { judgeList } from './judge-list.ts';
import { judgeOcsp } from './judge-ocsp.ts';
import type { RevocationAnswers, RevocationSubject } from './revocation.ts';
import { notKnown, type RevocationAnswer, type RevocationPort } from './revocation-answer.ts';

export interface RevocationAsking {
  readonly port: RevocationPort;
  readonly nowMs: number;
}

/** Answers by the certificates' fingerprints, one for each subject. Throws only what the port throws uncoded. */
export async function askRevocation(
  subjects: readonly RevocationSubject[],
  asking: RevocationAsking,
): Promise<RevocationAnswers> {
  const answers = new Map<string, RevocationAnswer>();
  for (const subject of subjects) {
    const { fingerprint } = subject.certificate;
    if (!answers.has(fingerprint)) answers.set(fingerprint, await askAbout(subject, asking));
  }
  return answers;
}

async function askAbout(subject: RevocationSubject, asking: RevocationAsking): Promise<RevocationAnswer> {
  const places = readPlaces(subject);
  if ('kind' in places) return places;
  if (places.ocsp.length + places.lists.length === 0)
    return notKnown('it names no place that can be asked: a list of its issuer or OCSP, by http');
  const refusals: string[] = [];
  for (const url of places.ocsp) {
    const answer = await asked(() => askOcsp(url, subject, asking));
    if (answer.kind !== 'unknown') return answer;
    refusals.push(`OCSP ${url}: ${answer.why}`);
  }
  const answer = await askLists(places.lists, subject, asking);
  if (answer.kind !== 'unknown') return answer;
  return notKnown([...refusals, ...(places.lists.length === 0 ? [] : [answer.why])].join('; '));
}

async function askOcsp(
  url: string,
  subject: RevocationSubject,
  asking: RevocationAsking,
): Promise<RevocationAnswer> {
  const { certificate, issuer } = subject;
  const question = formatOcspRequest(certificate.x509, issuer.x509);
  const bytes = await asking.port.askOcsp(url, question);
  const { answer, responder } = judgeOcsp(bytes, subject, asking.nowMs);
  if (responder === undefined || answer.kind === 'unknown' || !responder.namesRevocation) return answer;
  // By lists alone: a responder that was taken over would clear itself.
  const { lists } = readRevocationPlaces(responder.x509);
  const own = await askLists(lists, { certificate: responder, issuer }, asking);
  if (own.kind === 'good') return answer;
  const why = own.kind === 'unknown' ? `may have been revoked: ${own.why}` : 'was revoked';
  return notKnown(`the responder’s certificate ${why}`);
}

async function askLists(
  lists: readonly string[],
  subject: RevocationSubject,
  { port, nowMs }: RevocationAsking,
): Promise<RevocationAnswer> {
  const refusals: string[] = [];
  for (const url of lists) {
    const answer = await asked(async () => judgeList(await port.fetchList(url), subject, nowMs));
    if (answer.kind !== 'unknown') return answer;
    refusals.push(`list ${url}: ${answer.why}`);
  }
  return notKnown(refusals.length === 0 ? 'it names no list that can be read' : refusals.join('; '));
}

function readPlaces({ certificate }: RevocationSubject): RevocationPlaces | RevocationAnswer {
  try {
    return readRevocationPlaces(certificate.x509);
  } catch (cause) {
    return unknownBy(cause);
  }
}

async function asked(ask: () => Promise<RevocationAnswer>): Promise<RevocationAnswer> {
  try {
    return await ask();
  } catch (cause) {
    return unknownBy(cause);
  }
}

function unknownBy(cause: unknown): RevocationAnswer {
  if (!isPlimsollError(cause)) throw cause;
  return notKnown(describeError(cause));
}
