// A time as "2 hours ago", exact on hover and for machines; renewed each minute while shown.
import { useEffect, useState } from 'react';
import { formatExact, formatRelative } from '../format.ts';

export function RelativeTime({ instant }: { instant: string }) {
  const now = useNow();
  return (
    <time dateTime={instant} title={formatExact(instant)}>
      {formatRelative(instant, now)}
    </time>
  );
}

/** The time of day in milliseconds, renewed each minute. */
export function useNow(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 60_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}
