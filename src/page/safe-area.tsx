import { Component, type ComponentChildren, type JSX } from "preact";
import { Empty } from "./parts/empty.tsx";

interface SafeAreaProps {
  readonly children: ComponentChildren;
}

/** Keeps an error of one part of the page from taking the others along. */
export class SafeArea extends Component<SafeAreaProps, { readonly problem: string | null }> {
  override state: { readonly problem: string | null } = { problem: null };

  override componentDidCatch(error: unknown): void {
    this.setState({ problem: error instanceof Error ? error.message : String(error) });
  }

  override render(): ComponentChildren | JSX.Element {
    const { problem } = this.state;
    if (problem === null) return this.props.children;
    return (
      <Empty icon="alert" title="This part of the page has failed" tone="bad">
        {problem}. Please report it, with an exported snapshot.
      </Empty>
    );
  }
}
