import { Modal } from '@mantine/core';
import { useWords } from '../words/words.js';
import classes from './Dialogs.module.css';

export function KeysDialog({ close }: { close: () => void }) {
  const { frame, keyList } = useWords();
  return (
    <Modal
      opened
      onClose={close}
      title={frame.keysTitle}
      size={400}
      transitionProps={{ duration: 0 }}
      overlayProps={{ backgroundOpacity: 0.3 }}
      closeButtonProps={{ 'aria-label': frame.close }}
    >
      <dl className={classes['keys']}>
        {keyList.map(([key, meaning]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
    </Modal>
  );
}
