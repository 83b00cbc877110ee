// How the image was built, as the best of its statements says, and what changed in that since the image that the tag
// named before. Whether it is proven or merely said stands beside it.
import { RelativeTime } from '../../../components/relative-time.tsx';
import { formatDigest, formatPlural } from '../../../format.ts';
import { type BuildItem, compareBuilds } from '../../../verify/builds.ts';
import { Fact } from './item.tsx';
import { OutcomeMark } from './outcome.tsx';

interface EarlierBuild {
  readonly digest: string;
  readonly build: BuildItem | undefined;
  /** Whether what hangs on it could be read at all. */
  readonly isKnown: boolean;
  readonly isPending: boolean;
}

export function Build({
  build,
  earlier,
}: {
  build: BuildItem | undefined;
  earlier: EarlierBuild | undefined;
}) {
  return (
    <section className="trust-part">
      <h3>How it was built</h3>
      {build === undefined ? (
        <p className="trust-line">
          <OutcomeMark outcome="unknown" /> No statement that can be read says how it was built.
        </p>
      ) : (
        <Facts item={build} />
      )}
      {earlier === undefined ? null : <Changes build={build} earlier={earlier} />}
    </section>
  );
}

function Facts({ item }: { item: BuildItem }) {
  const { build, outcome, isSigned } = item;
  const say = isSigned
    ? {
        passed: 'Signed, and each check passed.',
        unknown: 'Signed, and not proven.',
        failed: 'Its signature does not hold: anybody may have written this.',
      }[outcome]
    : 'Nobody signed this: it is a claim of whoever could write to the repository.';
  const {
    sourceRepository,
    sourceRef,
    commit,
    builder,
    workflow,
    startedAt,
    isolation,
    materials,
    parameters,
  } = build;
  return (
    <div className={`trust-item is-${outcome}`}>
      <p className="trust-line">
        <OutcomeMark outcome={outcome} /> {say}
      </p>
      <dl className="trust-facts">
        <Fact name="Source">
          {sourceRepository ?? 'not said'}
          {sourceRef ? <>, {sourceRef}</> : null}
        </Fact>
        <Fact name="Commit">{commit ? <code>{commit}</code> : 'not said'}</Fact>
        <Fact name="Builder">{builder ?? 'not said'}</Fact>
        {workflow ? <Fact name="Workflow">{workflow}</Fact> : null}
        {isolation ? <Fact name="Isolation">{isolation}</Fact> : null}
        {startedAt && !Number.isNaN(Date.parse(startedAt)) ? (
          <Fact name="Started">
            <RelativeTime instant={startedAt} />
          </Fact>
        ) : null}
      </dl>
      <Listed
        title={formatPlural(materials.length, 'material')}
        rows={materials.map(({ uri, digest }) => [uri, digest ?? ''])}
      />
      <Listed
        title={formatPlural(parameters.length, 'parameter')}
        rows={parameters.map(({ name, value }) => [name, value])}
      />
    </div>
  );
}

function Listed({ title, rows }: { title: string; rows: readonly (readonly [string, string])[] }) {
  if (rows.length === 0) return null;
  return (
    <details>
      <summary>{title}</summary>
      <ul className="trust-list">
        {rows.slice(0, MOST_ROWS).map(([name, value]) => (
          <li key={`${name} ${value}`}>
            <code>{name}</code> <span className="quiet">{value}</span>
          </li>
        ))}
        {rows.length > MOST_ROWS ? <li className="quiet">and {rows.length - MOST_ROWS} more</li> : null}
      </ul>
    </details>
  );
}

/** A build with a lock file lists thousands. */
const MOST_ROWS = 200;

function Changes({ build, earlier }: { build: BuildItem | undefined; earlier: EarlierBuild }) {
  const { changes, unknowns } = compareBuilds(earlier.build, build);
  const notable = changes.filter(({ weight }) => weight === 'notable');
  const expected = changes.filter(({ weight }) => weight === 'expected');
  const isSame = changes.length === 0 && unknowns.length === 0;
  return (
    <div className="trust-changes">
      <h4>
        Against the image before, <code title={earlier.digest}>{formatDigest(earlier.digest)}</code>
      </h4>
      {earlier.isPending ? <p className="quiet">Being fetched.</p> : null}
      {!earlier.isPending && !earlier.isKnown ? (
        <p className="trust-line">
          <OutcomeMark outcome="unknown" /> What hangs on it could not be read.
        </p>
      ) : null}
      {earlier.isKnown && isSame ? (
        <p>Built the same way, from the same things, as far as both say.</p>
      ) : null}
      {earlier.isKnown ? (
        <ul className="trust-checks">
          {notable.map(({ sentence }) => (
            <li key={sentence}>
              <span className="outcome-mark is-notable">notable</span>
              <span>{sentence}</span>
            </li>
          ))}
          {unknowns.map((sentence) => (
            <li key={sentence}>
              <OutcomeMark outcome="unknown" />
              <span>{sentence}</span>
            </li>
          ))}
        </ul>
      ) : null}
      {expected.length > 0 ? (
        <details>
          <summary>{formatPlural(expected.length, 'change')} as between any two releases</summary>
          <ul className="trust-list">
            {expected.map(({ sentence }) => (
              <li key={sentence}>{sentence}</li>
            ))}
          </ul>
        </details>
      ) : null}
    </div>
  );
}
