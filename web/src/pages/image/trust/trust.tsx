// Who signed the image and how it was built, judged in this browser: the answer first, then whom one expects, each
// signature with its checks, the build, what else is said about it, and whose root all of it stands on.
import { useMemo, useState } from 'react';
import type { ImageDetail } from '../../../../../src/entry/http/contract.ts';
import type { SignatureEvidence } from '../../../../../src/entry/http/contract-signature.ts';
import { answerOf } from '../../../verify/answer.ts';
import { describeFault } from '../../../verify/bring-trust.ts';
import { chooseBuild } from '../../../verify/builds.ts';
import { openEvidence } from '../../../verify/evidence.ts';
import { useExpected } from '../../../verify/expected-store.ts';
import { type JudgedImage, type JudgedItem, judgeImage } from '../../../verify/judge-image.ts';
import { openTrust } from '../../../verify/open-trust.ts';
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
  const trust: TrustParts = useMemo(
    () => ({
      kept,
      ...(served === undefined ? {} : { served }),
      ...(expected === undefined ? {} : { expected }),
    }),
    [kept, served, expected],
  );
  const judged = useMemo(() => judge(image, evidence, image.digest, trust), [image, evidence, trust]);
  const before = useMemo(
    () => (earlier?.evidence ? judge(image, earlier.evidence, earlier.digest, trust) : undefined),
    [image, earlier, trust],
  );
  const roots = <Roots repository={image.repository} kept={kept} served={served} onKept={setKept} />;
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
      <Expected repository={image.repository} expected={expected} signatures={signatures} />
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

/** What came of it, or the sentence that says why nothing did. */
function judge(
  image: ImageDetail,
  evidence: SignatureEvidence,
  digest: string,
  trust: TrustParts,
): JudgedImage | string {
  try {
    const opened = openTrust(trust, {
      repository: image.repository,
      now: new Date(),
      servedFingerprint: trust.served === undefined ? '' : fingerprintOf(trust.served),
      ...(image.tag === undefined || digest !== image.digest
        ? {}
        : { tag: { name: `${image.registryHost}/${image.repository}`, tag: image.tag } }),
    });
    return judgeImage(openEvidence(evidence), digest, opened);
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
