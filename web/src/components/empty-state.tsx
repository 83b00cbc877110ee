// Nothing here, why, and what to do next.
import type { ReactNode } from 'react';
import './empty-state.css';

export function EmptyState({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="empty-state">
      <p className="empty-state-title">{title}</p>
      {children}
    </div>
  );
}
