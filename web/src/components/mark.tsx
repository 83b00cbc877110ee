// The product's mark: the ring with its red-oxide line alone.
export function Mark({ size }: { size: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true">
      <circle cx="16" cy="16" r="10" fill="none" stroke="var(--ink)" strokeWidth="3" />
      <path d="M1 16h30" stroke="var(--hull)" strokeWidth="3" />
    </svg>
  );
}
