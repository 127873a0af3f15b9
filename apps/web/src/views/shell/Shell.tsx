import { type DragEvent, useState } from 'react';
import { FilesPanel } from '../files/FilesPanel.tsx';
import { Inspector } from '../inspector/Inspector.tsx';
import { Operations } from '../operations/Operations.tsx';
import { Tooltip } from '../parts/Tooltip.tsx';
import { usePick, useScope } from '../scope.ts';
import { Help } from './Help.tsx';
import styles from './Shell.module.css';
import { Stage } from './Stage.tsx';
import { TopBar } from './TopBar.tsx';
import { Transport } from './Transport.tsx';

/** One screen: files, stage, inspector, operations. A recording may be dropped anywhere on it. */
export function Shell() {
  const { feed } = useScope(),
    isBlank = usePick(({ file, pulse }) => file === undefined && !pulse?.replay),
    [isOver, setOver] = useState(false);
  const drop = (event: DragEvent): void => {
    event.preventDefault();
    setOver(false);
    const file = event.dataTransfer.files[0];
    if (file) feed.open(file);
  };
  return (
    <div
      className={styles['shell']}
      data-blank={isBlank}
      data-over={isOver}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={(event) => event.currentTarget === event.target && setOver(false)}
      onDrop={drop}
    >
      <TopBar />
      <FilesPanel />
      <Stage />
      <Inspector />
      <Operations />
      <Transport />
      <Tooltip />
      <Help />
    </div>
  );
}
