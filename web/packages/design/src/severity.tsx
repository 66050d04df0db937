import type { ReactElement } from 'react';

/** The one clinical scale of all pages. Its order is its gravity; each step has a shape of its own. */
export type Severity = 'normal' | 'watch' | 'act' | 'critical';

const gravity: Record<Severity, number> = { normal: 0, watch: 1, act: 2, critical: 3 };

export function graver(one: Severity, other: Severity): Severity {
  return gravity[one] >= gravity[other] ? one : other;
}

export function compareGravity(one: Severity, other: Severity): number {
  return gravity[other] - gravity[one];
}

/**
 * Severity of an HL7 ObservationInterpretation code (v3-ObservationInterpretation): panic values (HH, LL, AA) are
 * critical, significantly changed ones (HU, LU, off-scale) call for action, others outside the range are watched.
 */
export function severityOf(interpretation: string | null | undefined): Severity {
  switch (interpretation) {
    case 'HH':
    case 'LL':
    case 'AA':
      return 'critical';
    case 'HU':
    case 'LU':
    case '>':
    case '<':
      return 'act';
    case 'H':
    case 'L':
    case 'A':
    case 'W':
    case 'POS':
    case 'R':
      return 'watch';
    default:
      return 'normal';
  }
}

const shapes: Record<Severity, ReactElement> = {
  normal: <circle cx="8" cy="8" r="5" fill="none" stroke="currentColor" strokeWidth="1.6" />,
  watch: (
    <path
      d="M8 2.2 14.4 13.6H1.6Z"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.8"
      strokeLinejoin="round"
    />
  ),
  act: <path d="M8 1.2 14.8 8 8 14.8 1.2 8Z" fill="currentColor" />,
  critical: (
    <>
      <path d="M5.2 1h5.6L15 5.2v5.6L10.8 15H5.2L1 10.8V5.2Z" fill="currentColor" />
      <path d="M8 4v5" stroke="var(--surface)" strokeWidth="2" strokeLinecap="round" />
      <circle cx="8" cy="11.8" r="1.15" fill="var(--surface)" />
    </>
  ),
};

/** The shape alone; a word or number must stand beside it. */
export function SeverityShape({ severity }: { severity: Severity }) {
  return (
    <svg
      className={`severity-shape severity-${severity}`}
      viewBox="0 0 16 16"
      width="14"
      height="14"
      aria-hidden="true"
    >
      {shapes[severity]}
    </svg>
  );
}
