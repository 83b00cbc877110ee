// Command lines to copy as a whole.
import { CopyButton } from './copy-button.tsx';
import './copy-line.css';

export function CopyLine({ lines, what = 'command' }: { lines: readonly string[]; what?: string }) {
  return (
    <div className="copy-line">
      <pre>
        <code>
          {lines.map((line) => (
            <span key={line}>
              {line}
              {'\n'}
            </span>
          ))}
        </code>
      </pre>
      <CopyButton text={lines.join('\n')} what={what} />
    </div>
  );
}
