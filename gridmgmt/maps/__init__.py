"""Map shells and layer styles; the only room that uses folium."""
