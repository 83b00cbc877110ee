// Which platform of an index is shown; a plain word where there is but one.
import './platform-select.css';

interface PlatformSelectProps {
  platforms: readonly string[];
  value: string | undefined;
  onChange: (platform: string) => void;
}

export function PlatformSelect({ platforms, value, onChange }: PlatformSelectProps) {
  if (platforms.length < 2) return <code>{value ?? platforms[0] ?? 'no platform named'}</code>;
  return (
    <select
      className="platform-select"
      aria-label="Platform"
      value={value}
      onChange={(event) => onChange(event.target.value)}
    >
      {platforms.map((platform) => (
        <option key={platform} value={platform}>
          {platform}
        </option>
      ))}
    </select>
  );
}
