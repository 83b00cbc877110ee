// A page's title in the browser's tab and history.
import { useEffect } from 'react';

/** `score-compose:1.4.0 · Plimsoll`; the bare name for the home. */
export function usePageTitle(title: string | undefined): void {
  useEffect(() => {
    document.title = title === undefined ? 'Plimsoll' : `${title} · Plimsoll`;
  }, [title]);
}
