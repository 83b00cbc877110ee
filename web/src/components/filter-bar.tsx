// A table's filters: a text, and whatever else it takes; each lands in the address.
import { type ReactNode, useEffect, useRef, useState } from 'react';
import './filter-bar.css';

/** Long enough for a person to type on, short enough to feel at once. */
const TYPING_MS = 200;

interface FilterBarProps {
  label: string;
  value: string;
  onChange: (text: string) => void;
  children?: ReactNode;
}

export function FilterBar({ label, value, onChange, children }: FilterBarProps) {
  const [text, setText] = useState(value);
  const sent = useRef(value);
  const send = useRef(onChange);
  send.current = onChange;
  useEffect(() => {
    if (value === sent.current) return;
    sent.current = value;
    setText(value);
  }, [value]);
  useEffect(() => {
    if (text === sent.current) return;
    const timer = setTimeout(() => {
      sent.current = text;
      send.current(text);
    }, TYPING_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return (
    <search className="filter-bar">
      <input
        type="search"
        value={text}
        onChange={(event) => setText(event.target.value)}
        placeholder={label}
        aria-label={label}
        maxLength={200}
        autoComplete="off"
        spellCheck={false}
      />
      {children}
    </search>
  );
}

interface FilterToggleProps {
  isOn: boolean;
  onToggle: () => void;
  children: ReactNode;
}

export function FilterToggle({ isOn, onToggle, children }: FilterToggleProps) {
  return (
    <button type="button" className="filter-toggle" aria-pressed={isOn} onClick={onToggle}>
      {children}
    </button>
  );
}
