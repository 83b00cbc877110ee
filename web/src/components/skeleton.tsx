// Grey shapes of the size of what is to come, so that nothing jumps when it does.
import './skeleton.css';

interface SkeletonProps {
  label: string;
  rows: number;
  kind: 'card' | 'image-rows' | 'table-rows';
}

export function Skeleton({ label, rows, kind }: SkeletonProps) {
  return (
    <div className={`skeleton is-${kind}`} role="status" aria-label={`Loading ${label}`}>
      {Array.from({ length: rows }, (_, row) => row).map((row) => (
        <div key={row} className="skeleton-row" />
      ))}
    </div>
  );
}
