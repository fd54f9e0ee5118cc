import { Modal } from '@mantine/core';
import { useWords } from '../words/words.js';
import classes from './Dialogs.module.css';

export function KeysDialog({ close }: { close: () => void }) {
  const { frame, keyList } = useWords();
  return (
    <Modal.Root opened onClose={close} size={400} transitionProps={{ duration: 0 }}>
      <Modal.Overlay backgroundOpacity={0.3} />
      <Modal.Content>
        <Modal.Body>
          <div className={classes['keysHead']}>
            <Modal.Title>{frame.keysTitle}</Modal.Title>
            <Modal.CloseButton aria-label={frame.close} />
          </div>
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
        </Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}
