// Who signed the image and how it was built, judged in this browser: the answer first, then whom one expects, each
// signature with its checks, the build, what else is said about it, and whose root all of it stands on.
import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import type { ImageDetail } from '../../../../../src/entry/http/contract.ts';
import type { SignatureEvidence } from '../../../../../src/entry/http/contract-signature.ts';
import { Skeleton } from '../../../components/skeleton.tsx';
import { answerOf } from '../../../verify/answer.ts';
import { describeFault } from '../../../verify/bring-trust.ts';
import { chooseBuild } from '../../../verify/builds.ts';
import { openEvidence } from '../../../verify/evidence.ts';
import { useExpected, useExpectedSubject } from '../../../verify/expected-store.ts';
import {
  hasNotation,
  type JudgedImage,
  type JudgedItem,
  judgeImage,
  type NotationJudge,
} from '../../../verify/judge-image.ts';
import { isListAsked, type ListedRevocations, listedQuery } from '../../../verify/listed.ts';
import { type OpenTrust, openTrust, type TrustPlace } from '../../../verify/open-trust.ts';
import type { Trust as TrustParts } from '../../../verify/trust.ts';
import { fingerprintOf, readKept } from '../../../verify/trust-store.ts';
import { Build } from './build.tsx';
import { Expected } from './expected.tsx';
import { Item } from './item.tsx';
import { OutcomeMark } from './outcome.tsx';
import { Roots } from './roots.tsx';
import './trust.css';

interface TrustProps {
  image: ImageDetail;
  evidence: SignatureEvidence;
  /** The root that this server serves. */
  served: string | undefined;
  /** The image that the tag named before. */
  earlier:
    | {
        readonly digest: string;
        readonly evidence: SignatureEvidence | undefined;
        readonly isFailed: boolean;
      }
    | undefined;
}

export function Trust({ image, evidence, served, earlier }: TrustProps) {
  const [kept, setKept] = useState(readKept);
  const expected = useExpected(image.repository);
  const subject = useExpectedSubject(image.repository);
  const isNotation = useMemo(() => hasNotation(openEvidence(evidence)), [evidence]);
  // With it come readers of CBOR and ASN.1, which most images do not need.
  const notation = useQuery({
    queryKey: ['notation-verifier'],
    queryFn: () => import('../../../verify/judge-notation.ts'),
    enabled: isNotation,
    staleTime: Number.POSITIVE_INFINITY,
    structuralSharing: false,
  });
  const trust: TrustParts = useMemo(
    () => ({
      kept,
      ...(served === undefined ? {} : { served }),
      ...(expected === undefined ? {} : { expected }),
      ...(subject === undefined ? {} : { subject }),
    }),
    [kept, served, expected, subject],
  );
  // Only where its word could be believed: by a root of this very instance.
  const isAsked = useMemo(() => isListAsked(image.registryHost, openFor(image, trust)), [image, trust]);
  const { data: listed } = useQuery({
    ...listedQuery(image.registryHost, [...new Set([evidence.root.digest, evidence.imageDigest])]),
    enabled: isAsked,
  });
  const judged = useMemo(
    () => judge(image, evidence, image.digest, trust, listed, notation.data),
    [image, evidence, trust, listed, notation.data],
  );
  const before = useMemo(
    () => (earlier?.evidence ? judge(image, earlier.evidence, earlier.digest, trust) : undefined),
    [image, earlier, trust],
  );
  // Before the list is there nothing is known to stand.
  if (isAsked && listed === undefined) return <Skeleton label="what was taken back" kind="card" rows={3} />;
  if (isNotation && notation.isPending) return <Skeleton label="the signatures" kind="card" rows={3} />;
  const roots = (
    <Roots
      repository={image.repository}
      kept={kept}
      served={served}
      bringAuthority={notation.data?.bringAuthority}
      onKept={setKept}
    />
  );
  if (typeof judged === 'string')
    return (
      <section className="trust">
        <div className="trust-answer" role="alert">
          <OutcomeMark outcome="failed" words="The server contradicts itself" />
          <p>{judged}. Nothing of what it gave is believed.</p>
        </div>
        {roots}
      </section>
    );
  const { items, unknowns } = judged;
  const signatures = items.filter(({ kind }) => kind === 'signature' || kind === 'tag');
  const statements = items.filter(({ kind }) => kind === 'statement' || kind === 'other');
  return (
    <section className="trust" aria-label="Trust">
      <Answer judged={judged} tag={image.tag} />
      {judged.taken.length > 0 ? <Taken taken={judged.taken} /> : null}
      <Expected repository={image.repository} expected={expected} subject={subject} signatures={signatures} />
      <Items title="Signatures" items={signatures} none="None hangs on this image." />
      <Build
        build={chooseBuild(judged)}
        earlier={
          earlier && {
            digest: earlier.digest,
            build: before === undefined || typeof before === 'string' ? undefined : chooseBuild(before),
            isKnown: before !== undefined && typeof before !== 'string',
            isPending: earlier.evidence === undefined && !earlier.isFailed,
          }
        }
      />
      <Items title="Statements about it" items={statements} none="None hangs on this image." />
      {unknowns.length > 0 ? <Unread unknowns={unknowns} /> : null}
      {roots}
    </section>
  );
}

function openFor({ repository }: ImageDetail, trust: TrustParts, tag?: TrustPlace['tag']): OpenTrust {
  return openTrust(trust, {
    repository,
    now: new Date(),
    servedFingerprint: trust.served === undefined ? '' : fingerprintOf(trust.served),
    ...(tag === undefined ? {} : { tag }),
  });
}

/** What came of it, or the sentence that says why nothing did. */
function judge(
  image: ImageDetail,
  evidence: SignatureEvidence,
  digest: string,
  trust: TrustParts,
  listed?: ListedRevocations,
  notation?: NotationJudge,
): JudgedImage | string {
  const { registryHost: host, repository, tag } = image;
  try {
    const isNamed = tag !== undefined && digest === image.digest;
    const opened = openFor(image, trust, isNamed ? { name: `${host}/${repository}`, tag } : undefined);
    const place = { host, repository, ...(listed === undefined ? {} : { listed }) };
    return judgeImage(openEvidence(evidence), digest, opened, place, notation);
  } catch (error) {
    return describeFault(error);
  }
}

function Answer({ judged, tag }: { judged: JudgedImage; tag: string | undefined }) {
  const { outcome, sentence, more } = answerOf(judged, tag);
  return (
    <div className={`trust-answer is-${outcome}`} role="status">
      <OutcomeMark outcome={outcome} words={sentence} />
      {more.map((words) => (
        <p key={words} className="quiet">
          {words}
        </p>
      ))}
      <p className="quiet small">
        Judged in this browser. The server hands the bytes on; it can keep some back and make up none.
      </p>
    </div>
  );
}

function Taken({ taken }: Pick<JudgedImage, 'taken'>) {
  return (
    <section className="trust-part">
      <h3>What was taken back</h3>
      <ul className="trust-checks">
        {taken.map(({ outcome, sentence }) => (
          <li key={sentence}>
            <OutcomeMark outcome={outcome} />
            <span>{sentence}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Items({ title, items, none }: { title: string; items: readonly JudgedItem[]; none: string }) {
  return (
    <section className="trust-part">
      <h3>{title}</h3>
      {items.length === 0 ? <p className="quiet">{none}</p> : null}
      {items.map((item) => (
        <Item key={item.key} item={item} />
      ))}
    </section>
  );
}

function Unread({ unknowns }: { unknowns: JudgedImage['unknowns'] }) {
  return (
    <section className="trust-part">
      <h3>What could not be read</h3>
      <ul className="trust-checks">
        {unknowns.map(({ where, why }) => (
          <li key={`${where} ${why}`}>
            <OutcomeMark outcome="unknown" />
            <span>
              {why} <code className="quiet">{where}</code>
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
