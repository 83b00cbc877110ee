// Tabs over Base UI: arrows move, Home and End jump, one tab stop. Those of a page are links with their
// own address as well, so that they open in a new window.
import { Tabs as Base } from '@base-ui/react/tabs';
import type { ReactElement, ReactNode } from 'react';
import './tabs.css';

export interface Tab {
  readonly value: string;
  readonly title: ReactNode;
  readonly link?: ReactElement<Record<string, unknown>>;
}

interface TabsProps {
  label: string;
  tabs: readonly Tab[];
  value: string;
  onChange: (value: string) => void;
  size?: 'large' | 'small';
  children: ReactNode;
}

export function Tabs({ label, tabs, value, onChange, size = 'large', children }: TabsProps) {
  return (
    <Base.Root className={`tabs is-${size}`} value={value} onValueChange={(next) => onChange(String(next))}>
      <Base.List className="tabs-list" aria-label={label}>
        {tabs.map((tab) =>
          tab.link ? (
            <Base.Tab
              key={tab.value}
              value={tab.value}
              className="tabs-tab"
              nativeButton={false}
              render={tab.link}
            >
              {tab.title}
            </Base.Tab>
          ) : (
            <Base.Tab key={tab.value} value={tab.value} className="tabs-tab">
              {tab.title}
            </Base.Tab>
          ),
        )}
      </Base.List>
      <Base.Panel key={value} value={value} className="tabs-panel">
        {children}
      </Base.Panel>
    </Base.Root>
  );
}
