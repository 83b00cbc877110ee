// The load line, from 16 px in a list to 150 px on an image's page: a ring, its line, water, and a
// hatched band for what could not be judged. Before a verdict the ring shows progress and holds no water.
import { useId } from 'react';
import type { LoadLine as Levels, ScanState } from '../../../src/entry/http/contract.ts';
import { isFinal } from '../scan.ts';
import './load-line.css';
import {
  createLoadLineGeometry,
  formatPath,
  type LoadLineGeometry,
  WAVE_FROM_PX,
} from './load-line-geometry.ts';

interface LoadLineProps {
  /** CSS pixels, 16 to 150. */
  size: number;
  levels?: Levels | undefined;
  scan?: ScanState | undefined;
  /** Hidden from screen readers: the same words stand beside it. */
  decorative?: boolean;
}

const WORDS = { pass: 'Within the line', fail: 'Over the line', unknown: 'Unknown' } as const;

export function LoadLine({ size, levels, scan, decorative = false }: LoadLineProps) {
  const id = useId();
  const geometry = createLoadLineGeometry(levels ?? { water: 0, band: 0 }, size);
  const { ring, centre, line } = geometry;
  const state = levels ? levels.outcome : (scan?.state ?? 'unsupported');
  const labels = decorative
    ? ({ 'aria-hidden': true } as const)
    : ({ role: 'img', 'aria-labelledby': `${id}t ${id}d` } as const);
  return (
    // biome-ignore lint/a11y/noSvgWithoutTitle: it has a title, unless the same words stand beside it
    <svg
      className={`load-line is-${state}`}
      width={size}
      height={size}
      viewBox={`0 0 ${size} ${size}`}
      {...labels}
    >
      {decorative ? null : (
        <>
          <title id={`${id}t`}>{levels ? WORDS[levels.outcome] : 'Not judged yet'}</title>
          <desc id={`${id}d`}>{describe(levels, scan)}</desc>
        </>
      )}
      <circle className="load-line-disc" cx={centre.x} cy={centre.y} r={ring.radius} />
      {levels ? <Water id={id} geometry={geometry} /> : null}
      {!levels && scan?.state === 'failed' ? <Hatched id={id} geometry={geometry} /> : null}
      <circle
        className="load-line-ring"
        cx={centre.x}
        cy={centre.y}
        r={ring.radius}
        strokeWidth={ring.width}
      />
      {!levels && scan && !isFinal(scan) ? <Progress geometry={geometry} scan={scan} /> : null}
      {state === 'unsupported' ? null : (
        <path className="load-line-line" d={`M${line.x1} ${line.y}H${line.x2}`} strokeWidth={line.width} />
      )}
    </svg>
  );
}

function Water({ id, geometry }: { id: string; geometry: LoadLineGeometry }) {
  const { water, band, surface, size, ring } = geometry;
  return (
    <>
      <HatchPattern id={id} size={size} />
      {band.length > 0 ? <path d={formatPath(band, true)} fill={`url(#${id}h)`} /> : null}
      {water.length > 0 ? (
        <>
          <path className="load-line-water" d={formatPath(water, true)} />
          <path
            className="load-line-surface"
            d={formatPath(surface, false)}
            strokeWidth={size > WAVE_FROM_PX ? ring.width * 0.55 : ring.width * 0.8}
          />
        </>
      ) : null}
    </>
  );
}

function Hatched({ id, geometry }: { id: string; geometry: LoadLineGeometry }) {
  return (
    <>
      <HatchPattern id={id} size={geometry.size} />
      <circle cx={geometry.centre.x} cy={geometry.centre.y} r={geometry.innerRadius} fill={`url(#${id}h)`} />
    </>
  );
}

function HatchPattern({ id, size }: { id: string; size: number }) {
  const step = size > WAVE_FROM_PX ? 5 : 4;
  return (
    <defs>
      <pattern
        id={`${id}h`}
        width={step}
        height={step}
        patternUnits="userSpaceOnUse"
        patternTransform="rotate(45)"
      >
        <path className="load-line-hatch" d={`M0.5 0V${step}`} />
      </pattern>
    </defs>
  );
}

function Progress({ geometry, scan }: { geometry: LoadLineGeometry; scan: ScanState }) {
  const { centre, ring } = geometry;
  const round = 2 * Math.PI * ring.radius;
  const share = scan.layersTotal > 0 ? Math.min(1, scan.layersDone / scan.layersTotal) : 0;
  return (
    <circle
      className="load-line-progress"
      cx={centre.x}
      cy={centre.y}
      r={ring.radius}
      strokeWidth={ring.width}
      strokeDasharray={`${round * share} ${round}`}
      transform={`rotate(-90 ${centre.x} ${centre.y})`}
    />
  );
}

function describe(levels: Levels | undefined, scan: ScanState | undefined): string {
  if (levels) {
    const band = levels.band > levels.water ? `; up to ${percent(levels.band)} could not be judged` : '';
    return `Water at ${percent(levels.water)} of the disc, the line is at 50 %${band}.`;
  }
  if (scan?.state === 'indexing') return `Analysed ${scan.layersDone} of ${scan.layersTotal} layers.`;
  return scan ? `State: ${scan.state}.` : 'Nothing is known yet.';
}

function percent(level: number): string {
  return `${Math.round(level * 100)} %`;
}
