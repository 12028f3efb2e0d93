import { render } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { JSX } from "preact/jsx-runtime";
import type { Address } from "../model/address.ts";
import type { DashboardJson } from "../model/dashboard-json.ts";
import { askJson } from "./ask.ts";
import { type Catalogue, DashboardPage } from "./dashboard-page.tsx";
import { useAddress } from "./navigation.ts";

/** The whole page: the dashboard that its address names, or else the one to begin with. */
function Page(): JSX.Element {
  const address = useAddress();
  const [catalogue, setCatalogue] = useState<Catalogue>();
  const [problem, setProblem] = useState("");
  useEffect(() => {
    readCatalogue().then(setCatalogue, (error: Error) => setProblem(error.message));
  }, []);
  if (problem !== "") return <p class="message failed">{problem}</p>;
  if (catalogue === undefined) return <p class="message" aria-busy="true" />;
  const uid = address.uid || (catalogue.dashboards[0]?.uid ?? "");
  const dashboard = catalogue.dashboards.find((each) => each.uid === uid);
  if (dashboard === undefined) return <p class="message failed">There is no dashboard {uid}.</p>;
  const complete: Address = { ...address, uid };
  return <DashboardPage key={uid} {...{ catalogue, dashboard, address: complete }} />;
}

/** Begins with what is called an overview; the others stay in their order. */
async function readCatalogue(): Promise<Catalogue> {
  const { dashboards, everyS } = await askJson<Catalogue>("/dashboards");
  const isOverview = ({ title }: DashboardJson): boolean => /overview/i.test(title);
  const inOrder = dashboards.toSorted((a, b) => Number(isOverview(b)) - Number(isOverview(a)));
  return { dashboards: inOrder, everyS };
}

render(<Page />, document.body);
