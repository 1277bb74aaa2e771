import { Empty, Page } from "../components";

export default function Instance() {
  return (
    <Page title="Instance">
      <Empty title="Not here yet">This page is being written.</Empty>
    </Page>
  );
}
