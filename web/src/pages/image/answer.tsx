// The answer, before any table: one sentence, the load line, the rules, and what mends most.
// Before a verdict: how far the work is. It never says that something is clean which was not judged.
import type { ImageDetail, ImageReport } from '../../../../src/entry/http/contract.ts';
import { CopyLine } from '../../components/copy-line.tsx';
import { LoadLine } from '../../components/load-line.tsx';
import { MarkLine, RevokedLine } from '../../components/mark-line.tsx';
import { RuleChips } from '../../components/rule-chips.tsx';
import { Score } from '../../components/score.tsx';
import { formatCount, formatPlural } from '../../format.ts';
import { formatScan, isFinal } from '../../scan.ts';

/** Of the disc on an image's page, CSS pixels; the greatest that is used. */
const DISC_PX = 150;

export function Answer({ image }: { image: ImageDetail }) {
  const { report, scan } = image;
  return (
    <section className="answer" aria-label="The answer">
      <div className="answer-disc">
        <LoadLine size={DISC_PX} levels={report?.loadLine} scan={scan} />
        {report ? <Scale /> : null}
      </div>
      {report ? <Judged image={image} report={report} /> : <Pending image={image} />}
    </section>
  );
}

function Judged({ image, report }: { image: ImageDetail; report: ImageReport }) {
  const best = report.fixes.find((fix) => fix.fixable);
  return (
    <>
      <div className="answer-head">
        <RevokedLine image={image} />
        <h2>{report.answer}</h2>
        <p className="answer-action">
          <Action report={report} />
        </p>
      </div>
      <div className="answer-rest">
        <RuleChips rules={report.rules} />
        {best?.command ? (
          <div className="answer-mends">
            <CopyLine lines={[best.command]} what="the command that mends most" />
          </div>
        ) : null}
        {report.score ? <Score score={report.score} policy={report.policy} /> : null}
        <MarkLine image={image} />
        {isFinal(image.scan) ? null : (
          <p className="quiet small" aria-live="polite">
            Being judged again: {formatScan(image.scan).toLowerCase()}.
          </p>
        )}
      </div>
    </>
  );
}

function Action({ report }: { report: ImageReport }) {
  const { totals, coverage } = report;
  const best = report.fixes.find((fix) => fix.fixable);
  if (best) {
    return (
      <>
        {best.total < totals.findings && best.total * 2 > totals.findings ? 'One step does most of it. ' : ''}
        <strong>{best.title}</strong>: that clears {formatCleared(best.total, totals.findings)}.
      </>
    );
  }
  if (totals.findings > 0)
    return <>{formatPlural(totals.findings, 'finding')}, and no fix is known yet for any of them.</>;
  if (coverage.judged === 0) {
    return coverage.packages === 0 ? (
      <>No packages were found in it.</>
    ) : (
      <>None of its {formatPlural(coverage.packages, 'package')} could be judged by an advisory feed.</>
    );
  }
  const left = coverage.packages - coverage.judged;
  return (
    <>
      No findings in the {formatPlural(coverage.judged, 'package')} that could be judged
      {left > 0 ? `; ${formatCount(left)} could not.` : ', which is all of them.'}
    </>
  );
}

function formatCleared(cleared: number, all: number): string {
  if (cleared < all) return `${formatCount(cleared)} of ${formatPlural(all, 'finding')}`;
  return all === 1 ? 'the only finding' : `all ${formatPlural(all, 'finding')}`;
}

function Pending({ image }: { image: ImageDetail }) {
  const { scan } = image;
  if (scan.state === 'failed') {
    return (
      <div className="answer-pending">
        <h2>It could not be looked into</h2>
        <p className="answer-action">{scan.error ?? 'The reason was not recorded.'}</p>
        <p className="quiet">
          So nothing is known about it: not that it is safe, nor that it is not. It is kept as it was pushed.
        </p>
      </div>
    );
  }
  if (scan.state === 'unsupported') {
    return (
      <div className="answer-pending">
        <h2>Not an image, so there is nothing to judge</h2>
        <p className="answer-action">{scan.error ?? 'It is kept and served as it was pushed.'}</p>
      </div>
    );
  }
  return (
    <div className="answer-pending" aria-live="polite">
      <h2>{scan.state === 'queued' ? 'Waiting to be looked into' : 'Being looked into'}</h2>
      {scan.layersTotal > 0 ? (
        <progress
          className="answer-progress"
          max={scan.layersTotal}
          value={scan.layersDone}
          aria-label="Layers analysed"
        />
      ) : null}
      <p className="answer-action">
        {scan.state === 'indexing'
          ? `analysed ${scan.layersDone} of ${scan.layersTotal} layers`
          : scan.state === 'queued'
            ? 'Its turn comes by itself; this page follows.'
            : `${formatScan(scan)}.`}
      </p>
    </div>
  );
}

/** The marks beside a ship's line, as on her hull. */
function Scale() {
  return (
    <svg
      className="answer-scale"
      width="10"
      height="120"
      viewBox="0 0 10 120"
      aria-hidden="true"
      fill="none"
      stroke="var(--ink-2)"
    >
      <path d="M5 20V100" opacity=".5" />
      <path d="M1 20.5H9M1 40.5H9M1 80.5H9M1 100.5H9" />
    </svg>
  );
}
