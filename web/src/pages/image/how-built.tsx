// What changed in how the tag's image was built, against the one before it: the answer, then each notable change, then what
// is not known. The server's reading of what builders say; how far each is proved stands beside it.
import { useQuery } from '@tanstack/react-query';
import type { ImageDetail } from '../../../../src/entry/http/contract.ts';
import type { BuildMove, ShownBuild } from '../../../../src/entry/http/contract-identity.ts';
import { buildChangeQuery } from '../../api.ts';
import { OutcomeShape } from '../../components/shape.tsx';
import './how-built.css';

export function HowBuilt({ image }: { image: ImageDetail }) {
  const { repository, tag, digest, scan } = image;
  const { data } = useQuery({
    ...buildChangeQuery(repository, tag ?? '', digest),
    enabled: tag !== undefined && scan.state !== 'unsupported',
  });
  const [move] = data?.moves ?? [];
  // Where neither says how it was built, there is nothing to compare, and what changed says the rest.
  if (move === undefined || move.after !== digest || !move.builds.some(isSaid)) return null;
  return (
    <section className="how-built" aria-label="How it was built">
      <p>
        <OutcomeShape outcome={SHAPES[move.outcome]} />
        <strong>{move.answer}</strong>
      </p>
      {move.builds.map((build) => (
        <Build key={build.platforms.join()} build={build} isOnly={move.builds.length === 1} />
      ))}
    </section>
  );
}

const SHAPES = { same: 'pass', changed: 'fail', unknown: 'unknown' } as const;

function isSaid({ before, after }: BuildMove['builds'][number]): boolean {
  return before !== undefined || after !== undefined;
}

function Build({ build, isOnly }: { build: BuildMove['builds'][number]; isOnly: boolean }) {
  const { platforms, after, changes, unknowns } = build;
  const notable = changes.filter(({ weight }) => weight === 'notable');
  const usual = changes.filter(({ weight }) => weight === 'expected');
  return (
    <div className="how-built-build">
      {isOnly ? null : <h3>{platforms.join(', ')}</h3>}
      <ul>
        {notable.map(({ sentence }) => (
          <li key={sentence}>
            <OutcomeShape outcome="fail" /> <span>{sentence}</span>
          </li>
        ))}
        {unknowns.map((why) => (
          <li key={why} className="quiet">
            <OutcomeShape outcome="unknown" /> <span>not known: {why}</span>
          </li>
        ))}
      </ul>
      {after === undefined ? null : <p className="quiet">{describeProof(after)}</p>}
      {usual.length > 0 ? (
        <details>
          <summary className="quiet">As between any two releases: {usual.length} more</summary>
          <ul>
            {usual.map(({ sentence }) => (
              <li key={sentence}>{sentence}</li>
            ))}
          </ul>
        </details>
      ) : null}
    </div>
  );
}

const STATES = {
  confirmed: 'whom an owner expects',
  proposed: 'whom no owner has confirmed',
  unexpected: 'whom nobody expects',
  dropped: 'whom the owner no longer expects',
} as const;

function describeProof({ proof, signer, builder }: ShownBuild): string {
  const by = builder === undefined ? 'A builder without a name' : builder;
  if (proof === 'unsigned')
    return `${by} is said to have built it, by a statement that nobody signed: whoever may push may have written it.`;
  if (proof === 'unproved')
    return `${by} is said to have built it, by a statement whose signer this server cannot prove.`;
  return signer === undefined
    ? `${by} built it, by a signature that was proved.`
    : `${by} built it, as was signed and proved by ${signer.who}, ${STATES[signer.state]}.`;
}
