import { Empty, Page } from "../components";

export default function Data() {
  return (
    <Page title="Data">
      <Empty title="Not here yet">This page is being written.</Empty>
    </Page>
  );
}
