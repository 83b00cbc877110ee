// Which two images: for who comes without an address, and to try again after an error.
import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useId, useRef } from 'react';

export function ChooseTwo({ before, after }: { before: string | undefined; after: string | undefined }) {
  const navigate = useNavigate();
  const was = useRef<HTMLInputElement>(null);
  const is = useRef<HTMLInputElement>(null);
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    const search = { before: was.current?.value.trim(), after: is.current?.value.trim() };
    void navigate({ to: '/compare', search });
  };
  const inputs = [
    { label: 'Before', ref: was, value: before },
    { label: 'After', ref: is, value: after },
  ];
  return (
    <form className="choose-two" onSubmit={onSubmit}>
      <p className="quiet">
        Two images of this Plimsoll, as <code>team/app:1.0</code> or <code>team/app@sha256:…</code>
      </p>
      {inputs.map((input) => (
        <Field key={input.label} {...input} />
      ))}
      <button type="submit" className="button">
        Compare
      </button>
    </form>
  );
}

interface FieldProps {
  label: string;
  ref: React.RefObject<HTMLInputElement | null>;
  value: string | undefined;
}

function Field({ label, ref, value }: FieldProps) {
  const id = useId();
  return (
    <div>
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        ref={ref}
        defaultValue={value}
        maxLength={600}
        required
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
      />
    </div>
  );
}
