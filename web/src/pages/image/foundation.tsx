// The image's base: which it is, how that is known and how surely, and whether its name has moved on since.
// Where it is not known, the reason stands in its place.
import type { BaseImage, ImageReport } from '../../../../src/entry/http/contract.ts';
import { Digest } from '../../components/digest.tsx';

const METHODS: Record<BaseImage['method'], string> = {
  provenance: 'by its provenance',
  annotation: 'by its annotations',
  layers: 'by its layers',
  history: 'by its history',
};

export function Foundation({ report }: { report: ImageReport }) {
  const { base, baseUnknowns } = report;
  return (
    <section>
      <h2>Built on</h2>
      {base ? <Facts base={base} /> : <p>Not known.</p>}
      <p className="small quiet">{base?.why ?? baseUnknowns.at(-1)}</p>
      {base && base.isCurrent === undefined && baseUnknowns.length > 0 ? (
        <p className="small quiet">{baseUnknowns.at(-1)}</p>
      ) : null}
    </section>
  );
}

function Facts({ base }: { base: BaseImage }) {
  return (
    <dl className="facts">
      <div>
        <dt>Base</dt>
        <dd>
          {base.reference ? (
            <code title={[base.reference, ...base.aliases].join('\n')}>{base.reference}</code>
          ) : (
            'no name for it'
          )}
        </dd>
      </div>
      {base.digest ? (
        <div>
          <dt>Digest</dt>
          <dd>
            <Digest digest={base.digest} what="base's digest" />
          </dd>
        </div>
      ) : null}
      <div>
        <dt>Known</dt>
        <dd>
          {METHODS[base.method]}, {base.confidence}
        </dd>
      </div>
      <div>
        <dt>Its name</dt>
        <dd>{formatCurrency(base)}</dd>
      </div>
    </dl>
  );
}

function formatCurrency({ isCurrent }: BaseImage): string {
  if (isCurrent === undefined) return 'now not known';
  return isCurrent ? 'current' : 'behind: it names a newer image now';
}
