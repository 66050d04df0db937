import { usePatientName } from '../pages/consent/load';

interface FamilyProps {
  label: string;
  patients: readonly string[];
  chosen: string;
  onChoose: (id: string) => void;
}

/** Whose record a page is about, where somebody acts for others too. */
export function Family({ label, patients, chosen, onChoose }: FamilyProps) {
  if (patients.length < 2) return null;
  return (
    <div className="choices" role="group" aria-label={label}>
      {patients.map((id) => (
        <button
          key={id}
          type="button"
          className="choice"
          aria-pressed={id === chosen}
          onClick={() => onChoose(id)}
        >
          <PatientName id={id} />
        </button>
      ))}
    </div>
  );
}

/** A person's name, or the id until it is there. */
export function PatientName({ id }: { id: string }) {
  const asked = usePatientName(id);
  return <>{asked.data ?? id}</>;
}
