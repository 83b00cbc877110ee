// Copies a text and says so, also on plain http, where the clipboard API is closed.
import { useEffect, useState } from 'react';
import './copy-button.css';

interface CopyButtonProps {
  text: string;
  /** What is copied: `digest`, `command`. */
  what: string;
}

export function CopyButton({ text, what }: CopyButtonProps) {
  const [state, setState] = useState<'idle' | 'copied' | 'closed'>('idle');
  useEffect(() => {
    if (state === 'idle') return;
    const timer = setTimeout(() => setState('idle'), 1600);
    return () => clearTimeout(timer);
  }, [state]);
  const onClick = () => copyText(text).then((done) => setState(done ? 'copied' : 'closed'));
  return (
    <button
      type="button"
      className={`copy-button is-${state}`}
      onClick={onClick}
      aria-label={`Copy ${what}`}
      title={`Copy ${what}`}
    >
      <svg
        width="16"
        height="16"
        viewBox="0 0 16 16"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.4"
        aria-hidden="true"
      >
        {state === 'copied' ? (
          <path d="M3 8.5 6.5 12 13 4.5" strokeWidth="1.8" />
        ) : (
          <path d="M5.5 5.5h7v8h-7zM10.5 3.5v-1h-7v8h1" />
        )}
      </svg>
      <span className="unseen" aria-live="polite">
        {state === 'copied' ? 'Copied' : ''}
        {state === 'closed' ? 'The browser does not allow copying here' : ''}
      </span>
    </button>
  );
}

/** The clipboard API asks for https or loopback; the old way works on plain http too. */
async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = document.createElement('textarea');
    area.value = text;
    area.className = 'unseen';
    document.body.append(area);
    area.select();
    const done = document.execCommand('copy');
    area.remove();
    return done;
  }
}
