import { Component, type ComponentChildren, type JSX } from "preact";
import { Empty } from "./parts/empty.tsx";

interface SafeAreaProps {
  readonly children: ComponentChildren;
}

/** An error boundary: an error in one part of the page does not affect the others. */
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
