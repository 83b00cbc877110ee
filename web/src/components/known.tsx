// How many CVEs are known of an image. None found is only said of what was judged.
import { isUnjudged } from '../comparison-words.ts';
import { SeverityCounts } from './severity.tsx';
import type { SeverityName } from './severity-name.ts';
import { OutcomeShape } from './shape.tsx';
import './known.css';

export interface Judged {
  readonly judged: number;
  readonly packages: number;
  readonly findings: Readonly<Partial<Record<SeverityName, number>>>;
}

export function Known({ of }: { of: Judged }) {
  return isUnjudged(of) ? <NotKnown /> : <SeverityCounts counts={of.findings} />;
}

export function NotKnown({ words = 'not known', why }: { words?: string; why?: string }) {
  return (
    <span className="not-known" title={why}>
      <OutcomeShape outcome="unknown" /> {words}
    </span>
  );
}
