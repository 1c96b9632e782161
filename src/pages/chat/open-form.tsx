/** The form that an act has opened, wherever acts are done. */
import type { JSX } from 'preact';
import { FormDialog } from '../parts/form-dialog.tsx';
import type { Acts } from './use-acts.ts';

export function OpenForm({ acts }: { acts: Acts }): JSX.Element | null {
  const open = acts.openForm;
  if (open === null) return null;
  return (
    <FormDialog
      key={open.key}
      form={open.form}
      refill={(values) => acts.refillForm(open, values)}
      onSubmit={(values) => acts.submitForm(open, values)}
      onClose={acts.closeForm}
    />
  );
}
